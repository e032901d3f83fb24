"""Taking money with a payment intent, giving it back, and having it taken back."""

from dataclasses import asdict
from typing import Any

from fake_stripe.engine import cards, objects
from fake_stripe.engine.books import INCLUDES, Books, Obj, listing, new_id
from fake_stripe.engine.cards import Behaviour, Failure
from fake_stripe.wire import ApiError

BANK_DEBIT_SECONDS = 2 * 86_400
"""How long a payment that comes later takes, and a refund of it."""


def confirm(
    books: Books,
    intent: Obj,
    card: Obj,
    *,
    absent: bool = False,
    no_action: bool = False,
    authenticated: bool = False,
    return_url: str = "",
) -> Failure | None:
    """Try to take the intent's money from the card; return why it failed, None when paid or waiting for the bank.

    `absent`: the customer is not there to authenticate. `no_action`: they are, but the caller wants a failure.
    `authenticated`: they just did.
    """
    behaviour = cards.behaviour_of(books, card)
    books.change(intent, payment_method=card["id"], payment_method_types=[card["type"]])
    if behaviour in cards.FAILURES:
        return fail(books, intent, card, cards.FAILURES[behaviour])
    if behaviour == Behaviour.AUTHENTICATION and (absent or no_action) and not authenticated:
        return fail(books, intent, card, cards.AUTHENTICATION_REQUIRED)
    if behaviour == Behaviour.AUTHENTICATION and not authenticated:
        ask_for_authentication(books, intent, return_url)
        return None
    succeed(books, intent, card)
    return None


def ask_for_authentication(books: Books, intent: Obj, return_url: str = "") -> None:
    """Have the customer's bank ask the customer."""
    action = {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": return_url or None, "url": objects.page(f"payments/{intent['id']}")},
    }
    books.change(intent, status="requires_action", next_action=action)
    books.emit("payment_intent.requires_action", intent)


def succeed(books: Books, intent: Obj, card: Obj) -> Obj:
    """Take the money; return the charge."""
    charge = books.add(objects.charge(books, intent, card, status="succeeded"), event_type="charge.succeeded")
    _succeeded(books, intent, charge)
    if intent["setup_future_usage"] and intent["customer"]:
        cards.attach(books, card, intent["customer"])
    return charge


def _succeeded(books: Books, intent: Obj, charge: Obj) -> None:
    books.change(
        intent,
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        last_payment_error=None,
        next_action=None,
        processing=None,
    )
    books.emit("payment_intent.succeeded", intent)


def fail(books: Books, intent: Obj, card: Obj, failure: Failure) -> Failure:
    """Have the card refused."""
    charge = objects.charge(books, intent, card, status="failed", failure=asdict(failure))
    books.add(charge, event_type="charge.failed")
    _failed(books, intent, card, charge, failure)
    return failure


def _failed(books: Books, intent: Obj, card: Obj, charge: Obj, failure: Failure) -> None:
    error = {
        "type": "card_error",
        "charge": charge["id"],
        "doc_url": f"https://stripe.com/docs/error-codes/{failure.code.replace('_', '-')}",
        "payment_method": card,
        "payment_method_type": card["type"],
        **asdict(failure),
    }
    books.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        latest_charge=charge["id"],
        last_payment_error=error,
        next_action=None,
        processing=None,
    )
    books.emit("payment_intent.payment_failed", intent)


def card_error(intent: Obj) -> ApiError:
    """Return the 402 of an intent whose charge failed; the failure stays in the books."""
    error = intent["last_payment_error"]
    fields = {name: error[name] for name in ("code", "decline_code", "charge", "doc_url", "payment_method")}
    return ApiError(error["message"], status=402, keeps=True, **{**fields, "type": "card_error"}, payment_intent=intent)


def begin_later(books: Books, intent: Obj, *, succeeds: bool) -> None:
    """Take the money from a bank account, which tells only days later whether it was there."""
    account = cards.new_card(books, Behaviour.WORKS if succeeds else Behaviour.DECLINES, kind="us_bank_account")
    charge = objects.charge(books, intent, account, status="pending")
    books.add(charge, event_type="charge.pending")
    books.hidden(intent["id"])["succeeds"] = succeeds
    books.change(
        intent,
        status="processing",
        payment_method=account["id"],
        payment_method_types=["us_bank_account"],
        latest_charge=charge["id"],
    )
    books.due(intent, books.time + BANK_DEBIT_SECONDS)
    books.emit("payment_intent.processing", intent)


def end_later(books: Books, intent: Obj, *, succeeds: bool) -> None:
    """Tell whether the bank account's money came."""
    charge, account = (
        books.get("charge", intent["latest_charge"]),
        books.get("payment_method", intent["payment_method"]),
    )
    books.due(intent, None)
    if succeeds:
        books.change(charge, **_taken(charge), balance_transaction=new_id("balance_transaction"))
        books.emit("charge.succeeded", charge)
        _succeeded(books, intent, charge)
    else:
        failure = cards.BANK_REFUSED
        lost: Obj = {
            "status": "failed",
            "paid": False,
            "failure_code": failure.code,
            "failure_message": failure.message,
        }
        books.change(charge, **lost)
        books.emit("charge.failed", charge)
        _failed(books, intent, account, charge, failure)


def _taken(charge: Obj) -> Obj:
    return {
        "status": "succeeded",
        "captured": True,
        "paid": True,
        "amount_captured": charge["amount"],
        "receipt_url": objects.page(f"receipts/{charge['id']}"),
    }


def cancel(books: Books, intent: Obj, *, reason: str | None = None) -> None:
    """Give an intent up."""
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise ApiError(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    books.change(intent, status="canceled", canceled_at=books.time, cancellation_reason=reason, next_action=None)
    books.emit("payment_intent.canceled", intent)


# Giving back


def refund(
    books: Books,
    charge: Obj,
    *,
    amount: int | None = None,
    reason: str | None = None,
    metadata: Obj | None = None,
    later: bool | None = None,
) -> Obj:
    """Give money back: at once, or `later`, when it succeeds (True) or fails (False).

    A payment that came later is refunded later. Raises Stripe's refusals.
    """
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = left if amount is None else amount
    _require_refundable(books, charge, amount, left)
    if later is None and charge["payment_method_details"]["type"] != "card":
        later = True
    made = objects.refund(
        books,
        charge,
        amount=amount,
        reason=reason,
        metadata=metadata or {},
        status="succeeded" if later is None else "pending",
    )
    due_at = None if later is None else books.time + BANK_DEBIT_SECONDS
    books.add(made, event_type="refund.created", due_at=due_at, succeeds=later)
    _count_refunds(books, charge)
    books.emit("charge.refunded", charge)
    return made


def _require_refundable(books: Books, charge: Obj, amount: int, left: int) -> None:
    if charge["disputed"] and any(not d["is_charge_refundable"] for d in books.find("dispute", charge=charge["id"])):
        raise ApiError(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if left <= 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if not 0 < amount <= left:
        raise ApiError(
            f"Refund amount (${amount / 100:.2f}) is greater than unrefunded amount on charge (${left / 100:.2f})",
            param="amount",
        )


def _count_refunds(books: Books, charge: Obj) -> None:
    given = sum(made["amount"] for made in refunds_of(books, charge) if made["status"] not in ("failed", "canceled"))
    books.change(charge, amount_refunded=given, refunded=given >= charge["amount_captured"])


def refunds_of(books: Books, charge: Obj) -> list[Obj]:
    """Return the refunds of a charge, the newest first."""
    return books.find("refund", charge=charge["id"])


def end_refund(books: Books, made: Obj, *, succeeds: bool) -> None:
    """Tell whether a pending refund arrived."""
    charge = books.get("charge", made["charge"])
    books.due(made, None)
    if succeeds:
        before = books.change(made, status="succeeded", pending_reason=None)
    else:
        reversed_by = new_id("balance_transaction")
        before = books.change(
            made,
            status="failed",
            pending_reason=None,
            failure_reason="lost_or_stolen_card",
            failure_balance_transaction=reversed_by,
        )
        _count_refunds(books, charge)
    books.emit("refund.updated", made, before)
    books.emit("charge.refund.updated", made, before)
    if not succeeds:
        books.emit("refund.failed", made)


# Having it taken back


def open_dispute(books: Books, charge: Obj, *, inquiry: bool = False, amount: int | None = None) -> Obj:
    """Have the cardholder dispute a charge; an inquiry takes no money."""
    made = objects.dispute(
        books, charge, amount=amount or charge["amount_captured"], reason="fraudulent", inquiry=inquiry
    )
    books.change(charge, disputed=True)
    books.add(made, event_type="charge.dispute.created")
    if not inquiry:
        books.emit("charge.dispute.funds_withdrawn", made)
    return made


def close_dispute(books: Books, made: Obj, *, won: bool) -> None:
    """Have the bank decide. A won dispute gives the money back; an inquiry that is won just closes."""
    inquiry = made["status"].startswith("warning")
    if inquiry and not won:
        _become_chargeback(books, made)
        return
    fields: dict[str, Any] = {"status": "warning_closed" if inquiry else "won" if won else "lost"}
    if won and not inquiry:
        back = objects.moved(books, made["id"], made["amount"], made["currency"])
        fields["balance_transactions"] = [*made["balance_transactions"], back]
    books.change(made, **fields)
    books.emit("charge.dispute.closed", made)
    if won and not inquiry:
        books.emit("charge.dispute.funds_reinstated", made)


def _become_chargeback(books: Books, made: Obj) -> None:
    taken = objects.moved(books, made["id"], -made["amount"], made["currency"])
    before = books.change(made, status="needs_response", is_charge_refundable=False, balance_transactions=[taken])
    books.emit("charge.dispute.updated", made, before)
    books.emit("charge.dispute.funds_withdrawn", made)


def warn_of_fraud(books: Books, charge: Obj) -> Obj:
    """Have the card network warn that the charge may be fraud."""
    return books.add(objects.fraud_warning(books, charge), event_type="radar.early_fraud_warning.created")


INCLUDES["charge", "refunds"] = lambda books, charge: listing(
    [dict(made) for made in refunds_of(books, charge)], f"/v1/charges/{charge['id']}/refunds"
)
