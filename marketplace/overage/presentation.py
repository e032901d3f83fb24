"""Overage as the API shows it: decimal strings, null where there is nothing."""

from typing import Any

from marketplace.overage.queries import OverageStatus


def overage(stands: OverageStatus) -> dict[str, Any]:
    """Return the agreement about overage with its use in this period."""
    agreement = stands.agreement
    return {
        "enabled": stands.enabled,
        "monthly_cap": f"{agreement.monthly_cap:.2f}" if agreement else None,
        "currency": "usd",
        "token_price": f"{stands.token_price:.4f}" if stands.token_price else None,
        "tokens_cap": agreement.cap_tokens if agreement and agreement.enabled else 0,
        "tokens_used": stands.used,
        "tokens_held": stands.held,
        "tokens_left": stands.left,
        "amount": f"{stands.amount:.2f}",
        "period_ends_at": stands.ends_at,
        "stopped_reason": agreement.stopped_reason or None if agreement else None,
    }
