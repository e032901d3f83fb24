"""Payments by payment intents, refunds, disputes and fraud warnings."""

from dataclasses import asdict
from typing import Any

from fake_stripe.engine import cards, objects
from fake_stripe.engine.cards import Behaviour, Failure
from fake_stripe.engine.store import INCLUDES, Obj, ObjectStore, listing, new_id
from fake_stripe.wire import ApiError

BANK_DEBIT_SECONDS = 2 * 86_400
"""How long a payment that comes later takes, and a refund of it."""


def confirm(
    store: ObjectStore,
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
    behaviour = cards.behaviour_of(store, card)
    store.change(intent, payment_method=card["id"], payment_method_types=[card["type"]])
    if card["type"] in cards.DEBITS:
        begin_bank_payment(store, intent, card)
        return None
    if behaviour in cards.FAILURES:
        return fail(store, intent, card, cards.FAILURES[behaviour])
    if behaviour == Behaviour.AUTHENTICATION and (absent or no_action) and not authenticated:
        return fail(store, intent, card, cards.AUTHENTICATION_REQUIRED)
    if behaviour == Behaviour.AUTHENTICATION and not authenticated:
        ask_for_authentication(store, intent, return_url)
        return None
    charge = succeed(store, intent, card)
    if behaviour == Behaviour.DISPUTED:
        open_dispute(store, charge)
    return None


def ask_for_authentication(store: ObjectStore, intent: Obj, return_url: str = "") -> None:
    """Require the customer to authenticate at the bank, on a page of the fake Stripe."""
    action = {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": return_url or None, "url": objects.page(f"payments/{intent['id']}")},
    }
    store.change(intent, status="requires_action", next_action=action)
    store.emit("payment_intent.requires_action", intent)


def succeed(store: ObjectStore, intent: Obj, card: Obj) -> Obj:
    """Charge the card successfully; return the charge."""
    charge = store.add(objects.charge(store, intent, card, status="succeeded"), event_type="charge.succeeded")
    _succeeded(store, intent, charge)
    if intent["setup_future_usage"] and intent["customer"]:
        cards.attach(store, card, intent["customer"])
    return charge


def _succeeded(store: ObjectStore, intent: Obj, charge: Obj) -> None:
    store.change(
        intent,
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        last_payment_error=None,
        next_action=None,
        processing=None,
    )
    store.emit("payment_intent.succeeded", intent)


def fail(store: ObjectStore, intent: Obj, card: Obj, failure: Failure) -> Failure:
    """Charge the card without success; return the failure."""
    charge = objects.charge(store, intent, card, status="failed", failure=asdict(failure))
    store.add(charge, event_type="charge.failed")
    _failed(store, intent, card, charge, failure)
    return failure


def _failed(store: ObjectStore, intent: Obj, card: Obj, charge: Obj, failure: Failure) -> None:
    error = {
        "type": "card_error",
        "charge": charge["id"],
        "doc_url": f"https://stripe.com/docs/error-codes/{failure.code.replace('_', '-')}",
        "payment_method": card,
        "payment_method_type": card["type"],
        **asdict(failure),
    }
    store.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        latest_charge=charge["id"],
        last_payment_error=error,
        next_action=None,
        processing=None,
    )
    store.emit("payment_intent.payment_failed", intent)


def card_error(intent: Obj) -> ApiError:
    """Return the 402 of an intent whose charge failed; the failed attempt stays saved."""
    error = intent["last_payment_error"]
    fields = {name: error[name] for name in ("code", "decline_code", "charge", "doc_url", "payment_method")}
    return ApiError(error["message"], status=402, saves=True, **{**fields, "type": "card_error"}, payment_intent=intent)


def begin_bank_payment(store: ObjectStore, intent: Obj, account: Obj) -> None:
    """Begin a payment from a bank account; BANK_DEBIT_SECONDS later it succeeds or, as the account behaves, fails."""
    charge = objects.charge(store, intent, account, status="pending")
    store.add(charge, event_type="charge.pending")
    store.hidden(intent["id"])["succeeds"] = cards.behaviour_of(store, account) == Behaviour.WORKS
    store.change(
        intent,
        status="processing",
        payment_method=account["id"],
        payment_method_types=["us_bank_account"],
        latest_charge=charge["id"],
        last_payment_error=None,
        next_action=None,
    )
    if intent["setup_future_usage"] and intent["customer"]:
        cards.attach(store, account, intent["customer"])
    store.due(intent, store.time + BANK_DEBIT_SECONDS)
    store.emit("payment_intent.processing", intent)


def settle_bank_payment(store: ObjectStore, intent: Obj, *, succeeds: bool) -> None:
    """Settle a payment from a bank account: the money came or failed."""
    charge, account = (
        store.get("charge", intent["latest_charge"]),
        store.get("payment_method", intent["payment_method"]),
    )
    store.due(intent, None)
    if succeeds:
        store.change(charge, **_taken(charge), balance_transaction=new_id("balance_transaction"))
        store.emit("charge.succeeded", charge)
        _succeeded(store, intent, charge)
    else:
        failure = cards.BANK_REFUSED
        lost: Obj = {
            "status": "failed",
            "paid": False,
            "failure_code": failure.code,
            "failure_message": failure.message,
        }
        store.change(charge, **lost)
        store.emit("charge.failed", charge)
        _failed(store, intent, account, charge, failure)


def _taken(charge: Obj) -> Obj:
    return {
        "status": "succeeded",
        "captured": True,
        "paid": True,
        "amount_captured": charge["amount"],
        "receipt_url": objects.page(f"receipts/{charge['id']}"),
    }


def cancel(store: ObjectStore, intent: Obj, *, reason: str | None = None) -> None:
    """Cancel an intent."""
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise ApiError(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    store.change(intent, status="canceled", canceled_at=store.time, cancellation_reason=reason, next_action=None)
    store.emit("payment_intent.canceled", intent)


# Refunds


def refund(
    store: ObjectStore,
    charge: Obj,
    *,
    amount: int | None = None,
    reason: str | None = None,
    metadata: Obj | None = None,
    later: bool | None = None,
) -> Obj:
    """Refund a charge: at once, or with `later` after BANK_DEBIT_SECONDS, when it succeeds (True) or fails (False).

    A payment that came later is refunded later. Raises Stripe's refusals.
    """
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = left if amount is None else amount
    _require_refundable(store, charge, amount, left)
    if later is None and charge["payment_method_details"]["type"] != "card":
        later = True
    made = objects.refund(
        store,
        charge,
        amount=amount,
        reason=reason,
        metadata=metadata or {},
        status="succeeded" if later is None else "pending",
    )
    due_at = None if later is None else store.time + BANK_DEBIT_SECONDS
    store.add(made, event_type="refund.created", due_at=due_at, succeeds=later)
    _count_refunds(store, charge)
    store.emit("charge.refunded", charge)
    return made


def _require_refundable(store: ObjectStore, charge: Obj, amount: int, left: int) -> None:
    if charge["disputed"] and any(not d["is_charge_refundable"] for d in store.find("dispute", charge=charge["id"])):
        raise ApiError(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if left <= 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if not 0 < amount <= left:
        raise ApiError(
            f"Refund amount (${amount / 100:.2f}) is greater than unrefunded amount on charge (${left / 100:.2f})",
            param="amount",
        )


def _count_refunds(store: ObjectStore, charge: Obj) -> None:
    given = sum(made["amount"] for made in refunds_of(store, charge) if made["status"] not in ("failed", "canceled"))
    store.change(charge, amount_refunded=given, refunded=given >= charge["amount_captured"])


def refunds_of(store: ObjectStore, charge: Obj) -> list[Obj]:
    """Return the refunds of a charge, the newest first."""
    return store.find("refund", charge=charge["id"])


def end_refund(store: ObjectStore, made: Obj, *, succeeds: bool) -> None:
    """End a pending refund: it arrived or failed."""
    charge = store.get("charge", made["charge"])
    store.due(made, None)
    if succeeds:
        before = store.change(made, status="succeeded", pending_reason=None)
    else:
        reversed_by = new_id("balance_transaction")
        before = store.change(
            made,
            status="failed",
            pending_reason=None,
            failure_reason="lost_or_stolen_card",
            failure_balance_transaction=reversed_by,
        )
        _count_refunds(store, charge)
    store.emit("refund.updated", made, before)
    store.emit("charge.refund.updated", made, before)
    if not succeeds:
        store.emit("refund.failed", made)


# Disputes


def open_dispute(store: ObjectStore, charge: Obj, *, inquiry: bool = False, amount: int | None = None) -> Obj:
    """Open a dispute of a charge; an inquiry withdraws no money."""
    made = objects.dispute(
        store, charge, amount=amount or charge["amount_captured"], reason="fraudulent", inquiry=inquiry
    )
    store.change(charge, disputed=True)
    store.add(made, event_type="charge.dispute.created")
    if not inquiry:
        store.emit("charge.dispute.funds_withdrawn", made)
    return made


def close_dispute(store: ObjectStore, made: Obj, *, won: bool) -> None:
    """Close a dispute. A won one reinstates the money, a won inquiry just closes, a lost inquiry becomes a dispute."""
    inquiry = made["status"].startswith("warning")
    if inquiry and not won:
        _become_chargeback(store, made)
        return
    fields: dict[str, Any] = {"status": "warning_closed" if inquiry else "won" if won else "lost"}
    if won and not inquiry:
        back = objects.moved(store, made["id"], made["amount"], made["currency"])
        fields["balance_transactions"] = [*made["balance_transactions"], back]
    store.change(made, **fields)
    store.emit("charge.dispute.closed", made)
    if won and not inquiry:
        store.emit("charge.dispute.funds_reinstated", made)


def _become_chargeback(store: ObjectStore, made: Obj) -> None:
    taken = objects.moved(store, made["id"], -made["amount"], made["currency"])
    before = store.change(made, status="needs_response", is_charge_refundable=False, balance_transactions=[taken])
    store.emit("charge.dispute.updated", made, before)
    store.emit("charge.dispute.funds_withdrawn", made)


def warn_of_fraud(store: ObjectStore, charge: Obj) -> Obj:
    """Add an early fraud warning of the card network about a charge."""
    return store.add(objects.fraud_warning(store, charge), event_type="radar.early_fraud_warning.created")


INCLUDES["charge", "refunds"] = lambda store, charge: listing(
    [dict(made) for made in refunds_of(store, charge)], f"/v1/charges/{charge['id']}/refunds"
)
