"""Inviting people, and their roles and departments."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from audit.actions import record
from plans.queries import entitlements
from saas.accounts import queries as accounts
from saas.accounts.keys import secret_hash
from saas.accounts.lock import serialized
from saas.accounts.models import Department, Invitation, Membership, Role, User, can_be_mailed, canonical_email
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from saas.team.actions.credentials import end_credentials_here, narrow_keys
from saas.team.actions.departments import find_department, put_quota
from saas.team.events import InvitationCreated, MemberJoined, MemberRemoved, MemberUpdated
from tokens.kinds import QuotaScope

INVITATION_DAYS = 7
REMOVED = "the person is no longer a member"
DAY = timedelta(days=1)


class LastOwner(Conflict):
    """An organization without an owner could not pay or be closed."""

    title = "The last owner"


class MembersLimit(Forbidden):
    """The plan has no room for one more member."""

    code, title = "feature_not_in_plan", "No room for another member"


class InvitationsLimit(DomainError):
    """The organization has invited too many people today."""

    code, status, title = "rate_limited", 429, "Too many invitations"


@dataclass(frozen=True)
class NewInvitation:
    """An invitation with the secrets of its links: the mail's, which proves the mailbox, and the inviter's."""

    invitation: Invitation
    mailed_secret: str
    shown_secret: str


def invite(*, email: str, role: Role, department_id: UUID | None, by: User, keeps_link: bool = False) -> NewInvitation:
    """Invite an address. An open invitation of the same address is replaced, with `keeps_link` under its mail's link.

    Raises Invalid for an address that cannot be mailed, MembersLimit, InvitationsLimit, Conflict for a member,
    NotFound for a foreign department, Forbidden where an admin would make an owner, or the inviter's own address is
    not verified.
    """
    if not can_be_mailed(email):
        raise Invalid("No mail can be sent to this address. Check it.", field="email")
    mailed, shown = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    with serialized():
        _require_verified(by)
        _require_owner_where(role == Role.OWNER, by=by.pk)
        if Membership.objects.filter(user__canonical_email=canonical_email(email)).exists():
            raise Conflict("This person is a member already.")
        now, hashed = database_now(), secret_hash(mailed)
        for earlier in Invitation.objects.filter(email__iexact=email, accepted_at=None, revoked_at=None):
            if keeps_link:
                hashed, earlier.secret_hash = bytes(earlier.secret_hash), hashed
            earlier.revoked_at = now
            earlier.save(update_fields=["revoked_at", "secret_hash"])
        _require_room()
        _require_rate()
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            department=_department(department_id),
            secret_hash=hashed,
            shown_secret_hash=secret_hash(shown),
            invited_by=by,
            expires_at=now + timedelta(days=INVITATION_DAYS),
        )
        record(InvitationCreated(invitation=invitation.id, role=role))
    return NewInvitation(invitation, mailed, shown)


def _require_verified(inviter: User) -> None:
    if mandatory() and not EmailAddress.objects.filter(user=inviter, verified=True).exists():
        raise Forbidden("Confirm your own e-mail address before you invite somebody.")


def mandatory() -> bool:
    """Return True if addresses count only once they are verified: always in production."""
    return bool(settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory")


def _require_rate() -> None:
    """Raise InvitationsLimit for one too many in 24 hours; revoked ones count, or revoking would send mails for free.

    The organization's lock makes the count exact.
    """
    entitled = entitlements(tenancy.current_organization_id()).fetch()
    limit = entitled.limit("invitations_a_day")
    today = Invitation.objects.filter(created_at__gt=Now() - DAY)
    if limit is not None and today.count() >= limit:
        raise InvitationsLimit(
            f"Your organization can invite {limit} people a day. Invite more tomorrow, or ask us for a higher limit.",
            retry_after=DAY.total_seconds(),
            limit=limit,
        )


def _require_room() -> None:
    """Raise MembersLimit when members and open invitations fill the plan."""
    entitled = entitlements(tenancy.current_organization_id()).fetch()
    limit = entitled.limit("members")
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=entitled.now)
    taken = Membership.objects.count() + waiting.count()
    if limit is not None and taken >= limit:
        raise MembersLimit(
            f"Your plan, {entitled.plan.name}, has room for {limit} members, open invitations included."
            " Remove somebody or choose a larger plan.",
            limit=limit,
        )


def find_invitation(secret: str) -> Invitation:
    """Return the open invitation behind either of its links, from outside of its organization; raise NotFound."""
    hash = secret_hash(secret)
    home = accounts.invited_to(hash)
    invitation = _open_invitation(home, hash) if home else None
    if invitation is None:
        raise NotFound("This invitation was used, revoked, or is older than a week. Ask for a new one.")
    return invitation


def _open_invitation(organization_id: UUID, hash: bytes) -> Invitation | None:
    with tenancy.organization(organization_id):
        waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=database_now())
        by_either = Q(secret_hash=hash) | Q(shown_secret_hash=hash)
        return waiting.select_related("organization").filter(by_either).first()


def came_by_mail(invitation: Invitation, secret: str) -> bool:
    """Return True if the secret is that of the mail, and so proves the mailbox."""
    return bytes(invitation.secret_hash) == secret_hash(secret)


def accept_invitation(*, secret: str, user: User) -> Membership:
    """Make the person a member; an invitation works once, for the invited address only, and a verified one.

    The mail's link verifies the address. Raises NotFound, or Forbidden for another or an unverified address.
    """
    invitation = find_invitation(secret)
    mine = is_invited(invitation, user)
    if not mine:
        raise Forbidden(f"This invitation is for {invitation.email}. Log in with that address.")
    by_mail = came_by_mail(invitation, secret)
    if mandatory() and not by_mail and not is_invited(invitation, user, verified=True):
        raise Forbidden(f"Confirm that {invitation.email} is yours first: open the link in our mail to it.")
    with tenancy.organization(cast(UUID, invitation.organization_id)), serialized():
        if not Invitation.objects.filter(id=invitation.id, accepted_at=None, revoked_at=None).update(
            accepted_at=database_now()
        ):
            raise NotFound("This invitation was used or revoked a moment ago.")
        if by_mail:
            for address in _addresses(invitation, user):
                address.set_verified()
        membership, _ = Membership.objects.get_or_create(
            user=user, defaults={"role": invitation.role, "department_id": invitation.department_id}
        )
        record(MemberJoined(user=user.pk, role=membership.role))
    return membership


def is_invited(invitation: Invitation, user: User, *, verified: bool = False) -> bool:
    """Return True if the invited address is one of the person's; `verified` asks for one that is verified."""
    if verified:
        return any(address.verified for address in _addresses(invitation, user))
    return user.canonical_email == canonical_email(invitation.email) or bool(_addresses(invitation, user))


def _addresses(invitation: Invitation, user: User) -> list[EmailAddress]:
    invited = canonical_email(invitation.email)
    return [each for each in EmailAddress.objects.filter(user=user) if canonical_email(each.email) == invited]


def change_member(*, membership_id: UUID, by: UUID | None, **changes: Any) -> Membership:
    """Set what is given of a member's `role`, `department_id` and quota, `tokens`. `by` is a member; None is staff.

    A lower role narrows the keys that the person made, for good: see `narrow_keys`.
    Raises NotFound, LastOwner, FeatureNotInPlan, Forbidden where an admin would make or touch an owner.
    """
    with serialized():
        membership = find_membership(membership_id)
        role = changes.get("role", membership.role)
        _require_owner_where(Role.OWNER in (role, membership.role), by=by)
        if role != Role.OWNER:
            _require_another_owner(membership)
        if "department_id" in changes:
            membership.department = _department(changes["department_id"])
        membership.role = role
        membership.save(update_fields=["role", "department"])
        narrow_keys(user_id=membership.user_id, role=role)
        record(MemberUpdated(user=membership.user_id, role=role, department=membership.department_id))
        if "tokens" in changes:
            put_quota(scope=QuotaScope.USER, subject_id=membership.user_id, tokens=changes["tokens"])
    return membership


def remove_member(*, membership_id: UUID, by: UUID | None, reason: str = "") -> None:
    """End a membership; the person's keys, invitations and quota end with it. `by` is a member; None is staff.

    Raises NotFound, LastOwner, Forbidden where an admin would remove an owner.
    """
    with serialized():
        membership = find_membership(membership_id)
        _require_owner_where(membership.role == Role.OWNER, by=by)
        _require_another_owner(membership)
        put_quota(scope=QuotaScope.USER, subject_id=membership.user_id, tokens=None)
        end_credentials_here(user_id=membership.user_id, reason=reason or REMOVED)
        membership.delete()
        record(MemberRemoved(user=membership.user_id), reason=reason)


def leave(*, user: User) -> None:
    """End one's own membership; keys and quota end with it. Raises NotFound, LastOwner."""
    with serialized():
        membership = Membership.objects.filter(user=user).first()
        if membership is None:
            raise NotFound("You are no member here.")
        remove_member(membership_id=membership.id, by=user.pk, reason="left")


def why_not_removed(membership: Membership, *, by: UUID | None) -> str:
    """Return why `by` cannot end the membership, as `remove_member` would say it; nothing where they can."""
    try:
        _require_owner_where(membership.role == Role.OWNER, by=by)
        _require_another_owner(membership)
    except DomainError as refusal:
        return refusal.detail
    return ""


def find_membership(membership_id: UUID) -> Membership:
    """Return the organization's membership with its person; raise NotFound for a foreign or unknown id."""
    membership = Membership.objects.select_related("user", "department").filter(id=membership_id).first()
    if membership is None:
        raise NotFound("There is no such member.")
    return membership


def _require_owner_where(owning: bool, *, by: UUID | None) -> None:
    """Let only owners, and staff, do what makes or touches an owner."""
    if owning and by is not None and not Membership.objects.filter(user_id=by, role=Role.OWNER).exists():
        raise Forbidden("Only an owner can make, change or remove an owner.")


def _require_another_owner(membership: Membership) -> None:
    if membership.role != Role.OWNER:
        return
    if not Membership.objects.filter(role=Role.OWNER).exclude(id=membership.id).exists():
        raise LastOwner("This is the organization's last owner. Make somebody else an owner first.")


def _department(department_id: UUID | None) -> Department | None:
    return None if department_id is None else find_department(department_id)
