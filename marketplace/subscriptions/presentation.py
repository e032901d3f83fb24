"""A change of plan as the API shows it: decimal strings, null where there is nothing."""

from typing import Any

from marketplace.subscriptions.changes import PlanChangeResult, PreviewedChange


def preview(seen: PreviewedChange) -> dict[str, Any]:
    """Return a change before it is made."""
    change, quote = seen.change, seen.quote
    return {
        "current_plan": change.current,
        "plan": change.wanted,
        "effective_at": change.effective_at,
        "immediate": change.immediate,
        "due_now": f"{quote.due_now:.2f}",
        "monthly_price": f"{seen.wanted.monthly_price:.2f}",
        "currency": quote.currency,
        "lines": [{"text": text, "amount": f"{amount:.2f}"} for text, amount in quote.lines],
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
