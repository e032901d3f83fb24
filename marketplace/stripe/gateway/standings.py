"""How a subscription stands beside its status: paused and why, and a present month that nobody will have paid."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.stripe.gateway.bills import read_bill
from marketplace.stripe.gateway.client import asking
from marketplace.stripe.gateway.snapshots import OVERDUE, PAUSED
from marketplace.stripe.gateway.values import at

PAUSED_BY_FAILURE = ("first_payment_failure", "final_payment_failure")
"""Reasons of Stripe's pause that are dunning; all others are somebody's wish, or a trial's end."""

UNPAID_BILLS = {"void": "bill_voided", "uncollectible": "bill_written_off"}

ABOUT = timedelta(minutes=1)
"""The first bill of a period may be a moment older than the period."""


@dataclass(frozen=True)
class Standing:
    """See `SubscriptionSnapshot`, where each of these stands."""

    is_overdue: bool
    payment_failed: bool
    paused_at: datetime | None
    collection_paused: bool
    held_back: str
    held_back_by: str
    cancel_reason: str


def standing_of(found: Any) -> Standing:
    """Return how a subscription stands, given with its newest bill expanded."""
    payment_failed = found.status == PAUSED and _why_paused(found) in PAUSED_BY_FAILURE
    held_back, bill_id = _held_back(found)
    details = getattr(found, "cancellation_details", None)
    return Standing(
        is_overdue=found.status in OVERDUE or payment_failed,
        payment_failed=payment_failed,
        paused_at=None if payment_failed else _paused_at(found),
        collection_paused=getattr(found, "pause_collection", None) is not None,
        held_back=held_back,
        held_back_by=bill_id,
        cancel_reason=getattr(details, "feedback", None) or "",
    )


def _paused(found: Any) -> Any:
    return getattr(getattr(found, "status_details", None), "paused", None)


def _why_paused(found: Any) -> str:
    return getattr(getattr(_paused(found), "subscription", None), "type", None) or ""


def _paused_at(found: Any) -> datetime | None:
    """Return since when it is paused: by Stripe's word, else since its period began."""
    uncollected = getattr(found, "pause_collection", None) is not None and found.status in ("active", "trialing")
    if found.status != PAUSED and not uncollected:
        return None
    since = getattr(_paused(found), "transitioned_at", None) if found.status == PAUSED else None
    return at(since or found.items.data[0].current_period_start)


def _held_back(found: Any) -> tuple[str, str]:
    """Return why the present month is not paid, and the bill that shows it; nothing where it is, or still can be."""
    if found.status == "trialing":
        return "trial", ""
    newest = getattr(found, "latest_invoice", None)
    if newest is None or isinstance(newest, str):
        return "", ""
    if newest.status == "draft" and (failed := _not_final(found.id)):
        return "bill_not_final", failed
    bill = newest if read_bill(newest).begins_period else _bill_of_month(found)
    if bill is None:
        return "", ""
    # A bill that stays a draft, as with collection paused, is for a person to finalize.
    left = bill.status == "draft" and getattr(bill, "auto_advance", None) is False
    unpaid = "bill_left_draft" if left else UNPAID_BILLS.get(bill.status or "", "")
    return (unpaid, bill.id) if unpaid else ("", "")


def _bill_of_month(found: Any) -> Any:
    """Return the newest bill for the whole present month: the newest of all is for a change within it, or by hand."""
    since = int((at(found.items.data[0].current_period_start) - ABOUT).timestamp())
    params: Any = {"subscription": found.id, "created": {"gte": since}, "limit": 20}
    with asking() as c:
        listed = c.v1.invoices.list(params).data
    newest_first = sorted(listed, key=lambda bill: bill.created, reverse=True)
    return next((bill for bill in newest_first if read_bill(bill).begins_period), None)


def _not_final(subscription_id: str) -> str:
    """Return the oldest of the subscription's bills that Stripe could not finalize, as for want of an address."""
    with asking() as c:
        drafts = c.v1.invoices.list({"subscription": subscription_id, "status": "draft", "limit": 20}).data
    failed = [draft for draft in drafts if getattr(draft, "last_finalization_error", None)]
    return min(failed, key=lambda draft: draft.created).id if failed else ""
