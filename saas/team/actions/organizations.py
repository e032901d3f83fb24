"""Opening organizations and changing what they are called."""

from audit.actions import record, serialized
from licensing.actions import open_license
from saas.accounts.models import Membership, Organization, Role, User
from saas.kernel import tenancy
from saas.kernel.ids import uuid7
from tokens.actions import open_account


def open_organization(*, name: str, owner: User, timezone: str = "UTC") -> Organization:
    """Open an organization with its owner, token account and license, all or nothing."""
    organization = Organization(id=uuid7(), name=name, timezone=timezone)
    with tenancy.organization(organization.id), serialized():
        organization.save(force_insert=True)
        Membership.objects.create(user=owner, role=Role.OWNER)
        open_account()
        open_license()
        record(kind="organization.created", data={"name": name, "owner": owner.pk})
    return organization


def note_export(*, by: User) -> None:
    """Record that somebody takes everything out; owners and admins are told."""
    with serialized():
        record(kind="organization.exported", data={"user": by.pk})


def rename_person(*, user: User, name: str) -> None:
    """Change what a person is called everywhere."""
    with serialized():
        User.objects.filter(id=user.pk).update(name=name)
        record(kind="user.renamed", data={"user": user.pk})


def update_organization(*, name: str, timezone: str) -> None:
    """Change the organization's name and time zone."""
    with serialized():
        Organization.objects.filter(id=tenancy.current_organization_id()).update(name=name, timezone=timezone)
        record(kind="organization.updated", data={"name": name, "timezone": timezone})
