"""People, departments and keys as the API shows them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from saas.accounts.models import ApiKey, Department, Invitation, Membership
from saas.team.actions import NewKey
from saas.team.models import TokenRequest
from saas.team.queries import Spending


def member_with(spending: Spending) -> Callable[[Membership], dict[str, Any]]:
    """Return how to show a member with what they used."""
    return lambda member: {
        "id": member.id,
        "user": member.user_id,
        "email": member.user.email,
        "name": member.user.name,
        "role": member.role,
        "department": member.department_id,
        **_spent(member.user_id, spending),
        "joined_at": member.created_at,
    }


def department_with(spending: Spending) -> Callable[[Department], dict[str, Any]]:
    """Return how to show a department with what it used."""
    return lambda department: {
        "id": department.id,
        "name": department.name,
        "members": getattr(department, "people", 0),
        **_spent(department.id, spending),
        "created_at": department.created_at,
    }


def _spent(subject_id: UUID, spending: Spending) -> dict[str, Any]:
    spent = spending.of(subject_id)
    quota = {"id": spent.quota.id, "limit": spent.quota.allowed, "left": spent.left} if spent.quota else None
    return {"used": spent.used, "quota": quota}


def invitation(invitation: Invitation) -> dict[str, Any]:
    """Return an open invitation, without its secret."""
    return {
        "id": invitation.id,
        "email": invitation.email,
        "role": invitation.role,
        "department": invitation.department_id,
        "invited_by": invitation.invited_by_id,
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
    }


def api_key(key: ApiKey, now: datetime) -> dict[str, Any]:
    """Return a key, without its secret."""
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "mode": key.mode,
        "status": key.status(now),
        "scopes": key.scopes,
        "requests_per_minute": key.requests_per_minute,
        "created_by": key.created_by_id,
        "replaces": key.replaces_id,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def new_api_key(new: NewKey, now: datetime) -> dict[str, Any]:
    """Return a new key with its secret."""
    return {**api_key(new.key, now), "key": new.secret}


def token_request(request: TokenRequest) -> dict[str, Any]:
    """Return a request for tokens."""
    return {
        "id": request.id,
        "user": request.asked_by_id,
        "scope": request.scope,
        "subject": request.subject_id,
        "tokens": request.tokens,
        "note": request.note,
        "status": request.status,
        "for_good": request.for_good,
        "answer": request.answer,
        "answered_by": request.answered_by_id,
        "answered_at": request.answered_at,
        "created_at": request.created_at,
    }
