"""The ledger as the API shows it."""

from typing import Any

from tokens.models import Bucket, Entry, Hold, Quota
from tokens.queries import AllowancePeriod, Balance, BurnForecast


def balance(balance: Balance, forecast: BurnForecast) -> dict[str, Any]:
    """Return the account with its buckets in burn order, and how long it lasts."""
    position = balance.position
    return {
        "available": position.available,
        "held": position.held,
        "debt": position.debt,
        "frozen": position.frozen,
        "buckets": [bucket(each, frozen=balance.is_frozen(each)) for each in balance.buckets],
        "resets_at": balance.resets_at,
        "runs_out": runs_out(forecast),
    }


def runs_out(forecast: BurnForecast) -> dict[str, Any] | None:
    """Return when the tokens run out, with its band, or None."""
    run_out = forecast.run_out
    if run_out is None:
        return None
    return {"p10": run_out.p10, "p50": run_out.p50, "p90": run_out.p90, "driver": forecast.driver}


def bucket(bucket: Bucket, *, frozen: bool) -> dict[str, Any]:
    """Return a bucket."""
    return {
        "id": bucket.id,
        "source": bucket.source,
        "granted": bucket.granted,
        "remaining": bucket.remaining,
        "held": bucket.held,
        "expires_at": bucket.expires_at,
        "frozen": frozen,
    }


def entry(entry: Entry) -> dict[str, Any]:
    """Return a line of the ledger."""
    return {
        "id": entry.id,
        "seq": entry.seq,
        "kind": entry.kind,
        "tokens": entry.tokens,
        "held": entry.held,
        "debt": entry.debt,
        "balance_after": entry.balance_after,
        "bucket": entry.bucket_id,
        "transaction_id": entry.transaction_id,
        "operation": entry.operation or None,
        "user": entry.user_id,
        "created_at": entry.created_at,
    }


def hold(hold: Hold) -> dict[str, Any]:
    """Return a hold."""
    return {
        "id": hold.id,
        "status": hold.status,
        "tokens": hold.tokens,
        "settled_tokens": hold.settled_tokens,
        "operation": hold.operation,
        "purpose": hold.operation if hold.price_book_version is None else None,
        "user": hold.user_id,
        "expires_at": hold.expires_at,
        "created_at": hold.created_at,
    }


def quota(quota: Quota, period: AllowancePeriod) -> dict[str, Any]:
    """Return a quota, annotated with its use, in the present period."""
    used, allowed = quota.used, quota.allowed  # type: ignore[attr-defined]
    return {
        "id": quota.id,
        "scope": quota.scope,
        "subject": quota.subject_id,
        "limit": quota.limit_tokens,
        "raised": allowed - quota.limit_tokens,
        "used": used,
        "left": max(allowed - used, 0),
        "resets_at": period.until,
    }
