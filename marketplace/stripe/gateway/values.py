"""Stripe's instants and references as values."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID


def at(timestamp: int) -> datetime:
    """Return Stripe's seconds since 1970 as an aware UTC instant."""
    return datetime.fromtimestamp(timestamp, UTC)


def id_of(value: Any) -> str:
    """Return the id of something that is absent, an id, or expanded."""
    return value if isinstance(value, str) else getattr(value, "id", None) or ""


def order_id_of(metadata: Any) -> UUID | None:
    """Return the order that an object's metadata name."""
    return UUID(metadata["order_id"]) if metadata and "order_id" in metadata else None
