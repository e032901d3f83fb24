"""The evidence for a dispute, as a text: what was bought, by whom, and what of it was delivered and used."""

from collections.abc import Iterator
from datetime import datetime

from audit import queries as audit
from marketplace.models import Payment
from marketplace.models.invoices import Invoice
from marketplace.payments.queries import what_was_paid
from saas.accounts.models import Membership, User
from tokens import queries as ledger

OPERATIONS_MAX, LOGINS_MAX = 200, 50
"""How many lines of each the text has."""

CHARACTERS_MAX = 20_000
"""What Stripe takes in one field."""
CUT = "\n(shortened)"


def evidence(payment: Payment) -> str:
    """Return what proves that the payment was for something that was delivered and used, to give to a bank.

    All instants are UTC; CHARACTERS_MAX at most. Must run for the payment's organization.
    """
    parts = (_about(payment), _ordered(payment), _delivered(payment), _used(payment), _logins(payment))
    text = "\n\n".join("\n".join(lines) for part in parts if (lines := list(part)))
    return text if len(text) <= CHARACTERS_MAX else text[: CHARACTERS_MAX - len(CUT)] + CUT


def _about(payment: Payment) -> Iterator[str]:
    invoice = Invoice.objects.filter(payment=payment).first()
    amount = f"{payment.amount:.2f} {payment.currency.upper()}"
    yield f"PAYMENT of {amount} on {_at(payment.paid_at)}, {payment.payment_intent_id}"
    yield f"Bought: {what_was_paid(payment)}, an online service (tokens for AI operations), delivered at once."
    if invoice is not None:
        yield f"Invoice {invoice.shown_number} of {_at(invoice.issued_at)}"
        address = ", ".join(filter(None, [invoice.customer_name, *invoice.customer_address.splitlines()]))
        yield f"Made out to: {address or payment.organization.name}"
    yield f"Organization: {payment.organization.name}, a customer since {_at(payment.organization.created_at)}"
    if payment.reversed_cents:
        yield f"Given back or withdrawn until now: {payment.reversed_amount:.2f} {payment.currency.upper()}"


def _ordered(payment: Payment) -> Iterator[str]:
    order = payment.order
    if order is None:
        owners = Membership.objects.filter(role="owner").select_related("user")
        yield "SUBSCRIPTION, paid at each renewal. The organization's owners at present:"
        yield from (f"  {_person(member.user)}" for member in owners)
    else:
        who = _person(order.user) if order.user else "the auto top-up that an owner turned on"
        yield f"ORDERED on {_at(order.created_at)} by {who}"


def _delivered(payment: Payment) -> Iterator[str]:
    grants = ledger.entries().filter(bucket__business_key=payment.business_key, kind="grant").order_by("seq")
    for entry in grants:
        yield f"DELIVERED on {_at(entry.created_at)}: {entry.tokens:,} tokens on the organization's balance"


def _used(payment: Payment) -> Iterator[str]:
    lines = ledger.entries().filter(bucket__business_key=payment.business_key, kind="settle").order_by("seq")
    shown, count = list(lines[:OPERATIONS_MAX]), lines.count()
    people = {user.pk: user for user in User.objects.filter(id__in={line.user_id for line in shown})}
    yield f"USED: {count} operations were paid with these tokens"
    for line in shown:
        who = _person(people[line.user_id]) if line.user_id in people else "the organization's API key"
        yield f"  {_at(line.created_at)}  {line.operation}, {-line.held} tokens, by {who}"
    if count > len(shown):
        yield f"  and {count - len(shown)} more"


def _logins(payment: Payment) -> Iterator[str]:
    """Yield the logins of who ordered, or of present owners; addresses are kept as blocks (the last part is cut)."""
    order = payment.order
    owners = Membership.objects.filter(role="owner").values_list("user_id", flat=True)
    people = [order.user_id] if order and order.user_id else list(owners)
    for person in User.objects.filter(id__in=people):
        logins = [event for event in audit.account_events(person.pk, limit=500) if event["kind"] == "user.logged_in"]
        if logins:
            yield f"LOGINS of {_person(person)}"
        for event in logins[:LOGINS_MAX]:
            yield f"  {_at(event['created_at'])}  from {event['data'].get('address') or 'an address that is not kept'}"


def _person(user: User) -> str:
    return f"{user} <{user.email}>"


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}"
