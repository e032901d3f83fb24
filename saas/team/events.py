"""What is recorded about people, their accounts, organizations, departments, keys and requests for tokens.

Events of accounts are in Milepost's own chain; what changes how a person logs in is in their organizations' chains,
too. They have ids and words of ours, never what somebody typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.events import AuditEvent, SeenBy, Webhook

_OWN = (SeenBy.PERSON,)
_SHARED = (SeenBy.PERSON, SeenBy.ORGANIZATION)
_MEMBER = {"user": "the person's id"}


@dataclass(frozen=True, kw_only=True)
class AccountEvent(AuditEvent):
    """What somebody did with their account, and from which block of addresses."""

    user: UUID | None
    address: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class UserLoggedIn(AccountEvent, kind="user.logged_in", seen_by=_OWN):
    methods: Sequence[str] | None = None


class UserLoggedOut(AccountEvent, kind="user.logged_out", seen_by=_OWN): ...


class UserPasswordSet(AccountEvent, kind="user.password_set", seen_by=_SHARED): ...


class UserPasswordChanged(AccountEvent, kind="user.password_changed", seen_by=_SHARED): ...


class UserPasswordReset(AccountEvent, kind="user.password_reset", seen_by=_SHARED): ...


@dataclass(frozen=True, kw_only=True)
class _AddressEvent(AccountEvent):
    address_id: int | None = None


class UserEmailAdded(_AddressEvent, kind="user.email_added", seen_by=_SHARED): ...


class UserEmailRemoved(_AddressEvent, kind="user.email_removed", seen_by=_SHARED): ...


class UserEmailConfirmed(_AddressEvent, kind="user.email_confirmed", seen_by=_SHARED): ...


@dataclass(frozen=True, kw_only=True)
class UserEmailChanged(AccountEvent, kind="user.email_changed", seen_by=_SHARED):
    from_address_id: int | None = None
    to_address_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class _FactorEvent(AccountEvent):
    factor: str | None = None


class UserFactorAdded(_FactorEvent, kind="user.factor_added", seen_by=_SHARED): ...


class UserFactorRemoved(_FactorEvent, kind="user.factor_removed", seen_by=_SHARED): ...


class UserFactorReset(_FactorEvent, kind="user.factor_reset", seen_by=_SHARED): ...


@dataclass(frozen=True, kw_only=True)
class AccountFailure(AuditEvent):
    """Failures of one person from one block of addresses in a window, or the sum of many, with `accounts`, no `at`."""

    user: UUID | None
    address: str
    times: int
    at: datetime | None = None
    accounts: int | None = None


class UserLoginFailed(AccountFailure, kind="user.login_failed", seen_by=_OWN): ...


@dataclass(frozen=True, kw_only=True)
class UserFactorFailed(AccountFailure, kind="user.factor_failed", seen_by=_OWN):
    factor: str | None = None


@dataclass(frozen=True, kw_only=True)
class _OfUser(AuditEvent):
    user: UUID


class UserRenamed(_OfUser, kind="user.renamed", seen_by=_SHARED): ...


class UserErased(_OfUser, kind="user.erased", seen_by=_OWN): ...


class UserExported(_OfUser, kind="user.exported", seen_by=_OWN): ...


class UserBlocked(_OfUser, kind="user.blocked", seen_by=_OWN): ...


class UserUnblocked(_OfUser, kind="user.unblocked", seen_by=_OWN): ...


@dataclass(frozen=True, kw_only=True)
class UserSessionsEnded(_OfUser, kind="user.sessions_ended", seen_by=_OWN):
    sessions: int


@dataclass(frozen=True, kw_only=True)
class UserAccessChanged(_OfUser, kind="user.access_changed", seen_by=_OWN):
    """What a person may do as staff, before and after; of an account that was taken away, that it is off."""

    from_: Mapping[str, Any] | None = None
    is_staff: bool | None = None
    is_superuser: bool | None = None
    groups: Sequence[str] | None = None
    is_active: bool | None = None


@dataclass(frozen=True, kw_only=True)
class OrganizationCreated(AuditEvent, kind="organization.created"):
    """By its owner; or as the test organization of another one."""

    owner: UUID | None = None
    sandbox_of: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class OrganizationUpdated(AuditEvent, kind="organization.updated"):
    """With the currency and the trade where they changed, and `from_` what they were."""

    changed: Sequence[str]
    timezone: str
    currency: str | None = None
    trade: str | None = None
    from_: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class OrganizationSecondFactorChanged(AuditEvent, kind="organization.second_factor_changed"):
    required: bool


class OrganizationExported(_OfUser, kind="organization.exported"): ...


@dataclass(frozen=True, kw_only=True)
class OrganizationClosed(AuditEvent, kind="organization.closed"):
    """With the tokens that it can no longer spend."""

    tokens: int


class OrganizationReopened(AuditEvent, kind="organization.reopened"): ...


class OrganizationPurged(AuditEvent, kind="organization.purged"): ...


@dataclass(frozen=True, kw_only=True)
class OrganizationClockMoved(AuditEvent, kind="organization.clock_moved"):
    """The clock of a test organization, or of one in the sandbox."""

    by_seconds: float


@dataclass(frozen=True, kw_only=True)
class MemberJoined(
    AuditEvent,
    kind="member.joined",
    webhook=Webhook("Somebody joined.", {**_MEMBER, "role": "owner, admin or member"}),
):
    user: UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class MemberUpdated(
    AuditEvent,
    kind="member.updated",
    webhook=Webhook(
        "A member's role or department changed.",
        {**_MEMBER, "role": "owner, admin or member", "department": "its id, or null"},
    ),
):
    user: UUID
    role: str
    department: UUID | None


class MemberRemoved(_OfUser, kind="member.removed", webhook=Webhook("Somebody left.", _MEMBER)): ...


@dataclass(frozen=True, kw_only=True)
class InvitationCreated(AuditEvent, kind="invitation.created"):
    invitation: UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class InvitationRevoked(AuditEvent, kind="invitation.revoked"):
    invitation: UUID


@dataclass(frozen=True, kw_only=True)
class DepartmentCreated(AuditEvent, kind="department.created"):
    department: UUID


@dataclass(frozen=True, kw_only=True)
class DepartmentUpdated(AuditEvent, kind="department.updated"):
    department: UUID
    changed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class DepartmentRemoved(AuditEvent, kind="department.removed"):
    department: UUID


@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(AuditEvent, kind="api_key.created"):
    key: UUID
    mode: str
    scopes: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ApiKeyUpdated(AuditEvent, kind="api_key.updated"):
    key: UUID
    changed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ApiKeyRotated(AuditEvent, kind="api_key.rotated"):
    key: UUID
    replacement: UUID
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApiKeyNarrowed(AuditEvent, kind="api_key.narrowed"):
    """To the scopes that its person's new role allows."""

    key: UUID
    scopes: Sequence[str]
    role: str


@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(AuditEvent, kind="api_key.revoked"):
    key: UUID


@dataclass(frozen=True, kw_only=True)
class _OfRequest(AuditEvent):
    """A request for tokens beyond a quota. Who asked is `user`; `for_user` is whom the answer concerns."""

    request: UUID
    user: UUID
    tokens: int
    scope: str
    subject: UUID


class RequestMade(_OfRequest, kind="request.made"): ...


@dataclass(frozen=True, kw_only=True)
class RequestApproved(_OfRequest, kind="request.approved"):
    for_user: UUID
    for_good: bool


@dataclass(frozen=True, kw_only=True)
class RequestDeclined(_OfRequest, kind="request.declined"):
    for_user: UUID
