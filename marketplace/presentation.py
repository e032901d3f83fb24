"""Money as the API shows it: decimal strings, null where there is nothing."""

from decimal import Decimal
from typing import Any

from marketplace.actions import PlanChangeResult, Preview
from marketplace.models import Order
from marketplace.queries import OverageStatus
from plans.queries import current_book


def purchase(order: Order) -> dict[str, Any]:
    """Return a purchase with what was paid and given back."""
    payments = list(order.payments.all())
    return {
        "id": order.id,
        "pack": order.pack_key,
        "tokens": order.tokens,
        "price": _money(order.amount),
        "currency": order.currency,
        "status": order.status,
        "checkout_url": order.checkout_url or None,
        "refunded": _money(sum((payment.reversed_amount for payment in payments), Decimal(0))),
        "receipt_url": next((payment.receipt_url for payment in payments if payment.receipt_url), None),
        "created_at": order.created_at,
        "paid_at": order.paid_at,
    }


def preview(seen: Preview) -> dict[str, Any]:
    """Return a change before it is made."""
    change, quote = seen.change, seen.quote
    return {
        "current_plan": change.current,
        "plan": change.wanted,
        "effective_at": change.effective_at,
        "immediate": change.immediate,
        "due_now": _money(quote.due_now),
        "monthly_price": _money(current_book().plans[change.wanted].monthly_price),
        "currency": quote.currency,
        "lines": [{"text": text, "amount": _money(amount)} for text, amount in quote.lines],
        "tokens_now": change.tokens_now,
        "monthly_tokens": change.tokens_a_month,
        "at": seen.at,
    }


def outcome(made: PlanChangeResult) -> dict[str, Any]:
    """Return the result of a change of plan."""
    return {
        "status": made.status,
        "plan": made.plan_key,
        "effective_at": made.effective_at,
        "url": made.url or None,
    }


def overage(stands: OverageStatus) -> dict[str, Any]:
    """Return what was agreed about overage and what has come of it in this period."""
    agreement = stands.agreement
    return {
        "enabled": stands.enabled,
        "monthly_cap": _money(agreement.monthly_cap) if agreement else None,
        "currency": "usd",
        "token_price": f"{stands.token_price:.4f}" if stands.token_price else None,
        "tokens_cap": agreement.cap_tokens if agreement and agreement.enabled else 0,
        "tokens_used": stands.used,
        "tokens_held": stands.held,
        "tokens_left": stands.left,
        "amount": _money(stands.amount),
        "period_ends_at": stands.ends_at,
        "stopped_reason": agreement.stopped_reason or None if agreement else None,
    }


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
