"""Delete the team's data of an erased person or organization; see `saas.closing.actions`."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat, Now

from audit.actions import record
from saas.accounts.lock import serialized
from saas.accounts.models import ApiKey, Department, Invitation, Membership, Organization, Role, User
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict
from saas.kernel.transactions import require_transaction
from saas.team.actions.departments import put_quota
from saas.team.events import MemberRemoved, OrganizationPurged, UserErased
from saas.team.models import TokenRequest
from tokens.kinds import QuotaScope

NOBODY, NOTHING = "Erased person", "Closed organization"
DOMAIN = "erased.invalid"
"""No mail is ever delivered to a name under .invalid (RFC 2606)."""


def remove_erased(*, user_id: UUID, reason: str) -> None:
    """End the person's membership in this organization; in one that is closed the last owner's, too.

    Raises Conflict where an organization that is open would be left without an owner.
    """
    with serialized():
        membership = Membership.objects.select_related("organization").filter(user_id=user_id).first()
        if membership is None:
            return
        others = Membership.objects.filter(role=Role.OWNER).exclude(id=membership.pk)
        is_open = membership.organization.closed_at is None
        if is_open and membership.role == Role.OWNER and not others.exists():
            raise Conflict("This is the organization's last owner. Make somebody else an owner first.")
        if is_open:
            put_quota(scope=QuotaScope.USER, subject_id=user_id, tokens=None)
        membership.delete()
        record(MemberRemoved(user=user_id), reason=reason)


def forget_person(*, user_id: UUID, addresses: Collection[str], reason: str) -> None:
    """Take addresses, name, password, factors, sessions and notes away; in the caller's transaction, for the system.

    The row of the person stays: see Note [What is left of an erased person].
    """
    require_transaction()
    nobody = Concat(Value("erased-"), Cast(F("id"), CharField()), Value(f"@{DOMAIN}"))
    for address in addresses:
        Invitation.objects.filter(email__iexact=address).update(email=nobody)
    TokenRequest.objects.filter(asked_by_id=user_id).update(note="")
    TokenRequest.objects.filter(answered_by_id=user_id).update(answer="")
    TokenRequest.objects.filter(asked_by_id=user_id).update(answer="")
    for model in (EmailAddress, Authenticator, UserSession):
        model.objects.filter(user_id=user_id).delete()
    about = {"content_type": ContentType.objects.get_for_model(User), "object_id": str(user_id)}
    LogEntry.objects.filter(**about).update(object_repr=NOBODY)
    person = User.objects.get(id=user_id)
    person.groups.clear()
    person.set_unusable_password()
    person.email, person.name = f"erased-{user_id}@{DOMAIN}", NOBODY
    person.is_active = person.is_staff = person.is_superuser = False
    person.erased_at, person.last_login = database_now(), None
    person.save()
    record(UserErased(user=user_id), reason=reason)


def forget_organization() -> None:
    """Take people, names and notes out of this organization, which is closed; in the caller's transaction."""
    with serialized():
        Membership.objects.all().delete()
        Invitation.objects.all().delete()
        TokenRequest.objects.update(note="", answer="")
        for department_id in Department.objects.values_list("id", flat=True):
            Department.objects.filter(id=department_id).update(name=str(department_id))
        ApiKey.objects.update(name="purged")
        Organization.objects.filter(id=tenancy.current_organization_id()).update(name=NOTHING, purged_at=Now())
        record(OrganizationPurged())


def forget_invitations(*, days: int) -> int:
    """Delete invitations that ended, or ran out, so long ago; return how many. Needs the system context."""
    since = Now() - timedelta(days=days)
    ended = Q(accepted_at__lt=since) | Q(revoked_at__lt=since) | Q(expires_at__lt=since)
    deleted, _ = Invitation.objects.filter(ended).delete()
    return deleted
