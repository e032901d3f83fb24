"""Erase a person: names and addresses are deleted, ledger lines and audit events stay.

Note [What is left of an erased person]
    The ledger and the audit log have the person's id, and nobody can change them. So the id stays, as a row of
    `User` without address, name or password. All that leads from the id to the person is removed: addresses,
    sessions, keys, factors, memberships, their notifications and others' that name them, their notes, and Stripe's
    contact. Each step is repeatable and the row is marked last: after a crash the erasure is started again.
"""

from uuid import UUID

from marketplace import forgetting
from quests.calendar import actions as calendar_actions
from quests.steps import actions as step_actions
from saas.accounts import queries as accounts
from saas.accounts.lock import serialized
from saas.accounts.models import Membership, Role
from saas.kernel import tenancy
from saas.kernel.errors import Conflict
from saas.notifications import inbox
from saas.team import actions as team

ERASED = "the person was erased"


class LastOwnerOf(Conflict):
    """An organization would be left without an owner."""

    title = "Hand over first"


def require_handed_over(user_id: UUID) -> None:
    """Raise LastOwnerOf while the person is the last owner of an organization that is open."""
    alone = [each.organization.name for each in accounts.memberships_of(user_id) if _is_last_owner(each)]
    if alone:
        names = ", ".join(alone)
        raise LastOwnerOf(
            f"This is the last owner of {names}. Make somebody else an owner, or close the organization, and then"
            " erase. Nothing was changed."
        )


def _is_last_owner(membership: Membership) -> bool:
    if membership.role != Role.OWNER or membership.organization.closed_at is not None:
        return False
    with tenancy.organization(membership.organization.pk):
        return not Membership.objects.filter(role=Role.OWNER).exclude(id=membership.pk).exists()


def erase_person(*, user_id: UUID, reason: str) -> bool:
    """Erase a person; return whether this call did, False where they were erased before.

    1. Nobody can act as them any more; no organization is left without an owner.
    2. Stripe gets another contact, with no transaction open.
    3. Every room forgets what says who they are; at last the person's own row does.

    Raises NotFound, LastOwnerOf, Conflict for the last superuser, PaymentsUnavailable (ask again).
    """
    person = accounts.person(user_id)
    if person.erased_at is not None:
        return False
    require_handed_over(user_id)
    team.require_another_superuser(person)
    addresses = accounts.addresses_of(person)
    forgetting.forget_contact(addresses)
    team.end_credentials(user_id=user_id, reason=ERASED)
    for membership in accounts.memberships_of(user_id):
        with tenancy.organization(membership.organization.pk):
            step_actions.unassign(user_id=user_id)
            team.remove_erased(user_id=user_id, reason=ERASED)
    with tenancy.system(), serialized():
        inbox.forget_person(user_id)
        calendar_actions.forget_person(user_id)
        forgetting.forget_person(user_id=user_id, addresses=addresses)
        team.forget_person(user_id=user_id, addresses=addresses, reason=reason)
    return True
