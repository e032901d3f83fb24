"""What falls due when time passes, by the kind of object it happens to."""

from collections.abc import Callable

from fake_stripe.engine import checkout, payments, subscriptions
from fake_stripe.engine.books import Books, Obj


def _money_comes(books: Books, intent: Obj) -> None:
    checkout.end_later(books, intent, succeeds=books.hidden(intent["id"])["succeeds"])


def _refund_arrives(books: Books, refund: Obj) -> None:
    payments.end_refund(books, refund, succeeds=books.hidden(refund["id"])["succeeds"])


HAPPENINGS: dict[str, Callable[[Books, Obj], None]] = {
    "checkout.session": checkout.expire,
    "payment_intent": _money_comes,
    "refund": _refund_arrives,
    "invoice": subscriptions.bill_due,
    "subscription": subscriptions.come_due,
}
