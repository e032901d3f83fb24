"""A gift as the API shows it."""

from typing import Any

from marketplace.gifts.links import link_of
from marketplace.models.gifts import Gift, GiftKind
from saas.accounts.callers import Caller
from saas.accounts.models import Role


def gift(gift: Gift, caller: Caller) -> dict[str, Any]:
    """Return a gift; its link only for an owner, whose key may spend: whoever has the link can take the pack."""
    spends = caller.role == Role.OWNER and (caller.scopes is None or "billing:write" in caller.scopes)
    order = gift.order
    return {
        "id": gift.id,
        "kind": gift.kind,
        "status": gift.status,
        "tokens": gift.tokens,
        "note": gift.note,
        "from": gift.from_name,
        "to": _to(gift),
        "pack": order.pack_key if order else None,
        "purchase": order.id if order else None,
        "checkout_url": (order.checkout_url or None) if order and spends else None,
        "link": link_of(gift) if spends else None,
        "created_at": gift.created_at,
        "expires_at": gift.expires_at,
        "ended_at": gift.ended_at,
    }


def _to(gift: Gift) -> dict[str, Any]:
    if gift.kind == GiftKind.PACK:
        return {"email": gift.to_name}
    if gift.kind == GiftKind.QUOTA:
        return {gift.scope: gift.subject_id, "name": gift.to_name}
    return {"organization": gift.organization_id, "name": gift.to_name}
