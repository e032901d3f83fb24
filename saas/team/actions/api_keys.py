"""Making, replacing and ending API keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from audit.actions import record
from saas.accounts import keys
from saas.accounts.callers import ScopeMissing
from saas.accounts.lock import serialized
from saas.accounts.models import ApiKey, KeyMode, Membership, User
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Invalid, NotFound
from saas.team.actions.test_organization import provide_test_organization
from saas.team.events import ApiKeyCreated, ApiKeyRevoked, ApiKeyRotated, ApiKeyUpdated

OVERLAP_HOURS_MAX = 7 * 24
LIFETIME_MAX = timedelta(days=3660)


@dataclass(frozen=True)
class NewKey:
    """An API key with its secret, which is shown this once."""

    key: ApiKey
    secret: str


def create_api_key(
    *,
    name: str,
    scopes: Iterable[str],
    by: User,
    within: frozenset[str] | None = None,
    expires_at: datetime | None = None,
    mode: str = KeyMode.LIVE,
    **options: Any,
) -> NewKey:
    """Make an API key that acts as `by` within `scopes`; `within` are those of the key that asks for it, if one does.

    A test key brings the test organization to the organization's plan, and opens it if there is none.
    Raises Invalid for an unknown scope or an expiry in the past, ScopeMissing for more than the maker may do.
    """
    unknown = set(scopes) - set(keys.SCOPES)
    if unknown:
        raise Invalid(f"Unknown scopes: {', '.join(sorted(unknown))}. Known: {', '.join(keys.SCOPES)}.", field="scopes")
    with serialized():
        now = database_now()
        if expires_at is not None and not now < expires_at <= now + LIFETIME_MAX:
            raise Invalid("A key expires in the future, within ten years.", field="expires_at")
        _require_within(scopes, by=by, within=within)
        if mode == KeyMode.TEST:
            provide_test_organization()
        new = _make(name=name, mode=mode, scopes=sorted(scopes), created_by=by, expires_at=expires_at, **options)
        record(ApiKeyCreated(key=new.key.id, mode=mode, scopes=new.key.scopes))
    return new


def rotate_api_key(*, key_id: UUID, overlap_hours: int, by: User, within: frozenset[str] | None = None) -> NewKey:
    """Replace a key by one of the same name, mode, scopes, rate and lifetime; the old one works `overlap_hours` more.

    The new key acts as `by`, so nobody gets a key to act as somebody else. A key is replaced once, until its
    replacement is revoked. Raises NotFound, Conflict for a key that was replaced, ScopeMissing.
    """
    if not 0 <= overlap_hours <= OVERLAP_HOURS_MAX:
        raise Invalid(f"The old key can work on for 0 to {OVERLAP_HOURS_MAX} hours.", field="overlap_hours")
    with serialized():
        old = _live(key_id)
        if ApiKey.objects.filter(replaces=old, revoked_at=None).exists():
            raise Conflict("This key was replaced already. Revoke its replacement first to replace it again.")
        _require_within(old.scopes, by=by, within=within)
        now = database_now()
        new = _make(
            name=old.name,
            mode=old.mode,
            scopes=old.scopes,
            created_by=by,
            requests_per_minute=old.requests_per_minute,
            expires_at=old.expires_at and now + (old.expires_at - old.created_at),
            replaces=old,
        )
        end = now + timedelta(hours=overlap_hours)
        old.expires_at = min(old.expires_at or end, end)
        old.save(update_fields=["expires_at"])
        record(ApiKeyRotated(key=old.id, replacement=new.key.id, expires_at=old.expires_at))
    return new


def rename_api_key(*, key_id: UUID, name: str) -> ApiKey:
    """Give a live key another name. Raises NotFound."""
    with serialized():
        key = _live(key_id)
        key.name = name
        key.save(update_fields=["name"])
        record(ApiKeyUpdated(key=key_id, changed=["name"]))
    return key


def revoke_api_key(*, key_id: UUID, reason: str = "") -> None:
    """Make a key useless at once. Raises NotFound."""
    with serialized():
        if not ApiKey.objects.filter(id=key_id, revoked_at=None).update(revoked_at=database_now()):
            raise NotFound("There is no such live key.")
        record(ApiKeyRevoked(key=key_id), reason=reason)


def find_api_key(key_id: UUID) -> ApiKey:
    """Return the organization's key, ended ones too; raise NotFound for a foreign or unknown id."""
    key = ApiKey.objects.select_related("created_by").filter(id=key_id).first()
    if key is None:
        raise NotFound("There is no such key.")
    return key


def _live(key_id: UUID) -> ApiKey:
    live = Q(expires_at=None) | Q(expires_at__gt=database_now())
    key = ApiKey.objects.select_related("created_by").filter(live, id=key_id, revoked_at=None).first()
    if key is None:
        raise NotFound("There is no such live key.")
    return key


def _make(*, mode: str, **values: Any) -> NewKey:
    secret = keys.new_secret(KeyMode(mode))
    hashed = {"secret_hash": keys.secret_hash(secret), "hint": keys.hint(secret)}
    return NewKey(ApiKey.objects.create(mode=mode, **hashed, **values), secret)


def _require_within(scopes: Iterable[str], *, by: User, within: frozenset[str] | None) -> None:
    """Raise ScopeMissing unless the maker's role, and the key that asks, have all the scopes."""
    role = Membership.objects.values_list("role", flat=True).get(user=by)
    held = keys.scopes_of(role) if within is None else keys.scopes_of(role) & within
    missing = sorted(set(scopes) - held)
    if missing:
        raise ScopeMissing(
            f"You cannot give a key what you do not have yourself: {', '.join(missing)}.", missing=missing
        )
