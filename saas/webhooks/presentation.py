"""Webhooks as the API shows them."""

import json
from typing import Any

from saas.webhooks.actions import NewSecret
from saas.webhooks.models import Attempt, Delivery, DeliveryStatus, Endpoint


def endpoint(row: Endpoint) -> dict[str, Any]:
    """Return an endpoint; its secrets are shown nowhere."""
    return {
        "id": row.id,
        "url": row.url,
        "events": row.events,
        "description": row.description,
        "enabled": row.is_on,
        "disabled_because": row.off_because or None,
        "disabled_at": row.off_at,
        "failing_since": row.failing_since,
        "created_at": row.created_at,
    }


def new_endpoint(made: NewSecret) -> dict[str, Any]:
    """Return a new endpoint with its secret."""
    return {**endpoint(made.endpoint), "secret": made.secret}


def new_secret(made: NewSecret) -> dict[str, Any]:
    """Return a new secret."""
    return {"secret": made.secret, "previous_ends_at": made.previous_ends_at}


def delivery(row: Delivery) -> dict[str, Any]:
    """Return a delivery with its attempts, newest first."""
    return {
        "id": row.id,
        "message_id": row.message_id,
        "type": row.kind,
        "sequence": row.seq,
        "status": row.status,
        "created_at": row.created_at,
        "delivered_at": row.delivered_at,
        "next_attempt_at": row.due_at if row.status == DeliveryStatus.PENDING else None,
        "payload": json.loads(row.body),
        "attempts": [_attempt(attempt) for attempt in row.attempts.all()],
    }


def _attempt(row: Attempt) -> dict[str, Any]:
    return {
        "at": row.at,
        "milliseconds": row.milliseconds,
        "status_code": row.status_code,
        "error": row.error,
        "answer": row.answer,
    }
