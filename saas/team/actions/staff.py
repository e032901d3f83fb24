"""Actions of staff on people: block and unblock them, and change staff access. Each has a reason."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group

from audit.actions import record
from saas.accounts.lock import serialized
from saas.accounts.models import User
from saas.kernel import tenancy
from saas.kernel.actor import current_actor
from saas.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from saas.team.actions.credentials import end_credentials, end_sessions
from saas.team.events import UserAccessChanged, UserBlocked, UserUnblocked


class Oneself(Forbidden):
    """Nobody changes what they may do themselves."""

    title = "This is you"


class LastSuperuser(Conflict):
    """The last superuser cannot be removed: only superusers change staff access."""

    title = "The last superuser"


@contextmanager
def _changing(user_id: UUID, *, reason: str) -> Iterator[User]:
    """Lock changes of access until the transaction ends: two superusers could otherwise remove each other."""
    if not reason.strip():
        raise Invalid("This needs a reason.")
    if current_actor().user_id == user_id:
        raise Oneself("Nobody changes their own access. Ask another superuser.")
    with tenancy.system(), serialized():
        person = User.objects.filter(id=user_id).first()
        if person is None:
            raise NotFound("There is no such person.")
        yield person


def require_another_superuser(person: User) -> None:
    """Raise LastSuperuser if there is no other active superuser."""
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(id=person.pk)
    if person.is_superuser and person.is_active and not others.exists():
        raise LastSuperuser("This is the last superuser. Make somebody else one first.")


def block_person(*, user_id: UUID, reason: str) -> None:
    """Let the person in nowhere any more: no login, no session, no key, no invitation of theirs works.

    Repeating is safe, and goes on where a crash left it. Raises NotFound, Oneself, LastSuperuser, Invalid without a
    reason.
    """
    with _changing(user_id, reason=reason) as person:
        require_another_superuser(person)
        if person.is_active:
            User.objects.filter(id=user_id).update(is_active=False)
            record(UserBlocked(user=user_id), reason=reason)
    end_credentials(user_id=user_id, reason=reason)


def unblock_person(*, user_id: UUID, reason: str) -> None:
    """Let the person log in again; keys stay revoked. Raises NotFound, Oneself, Conflict, Invalid without a reason."""
    with _changing(user_id, reason=reason) as person:
        if person.is_active:
            raise Conflict("This person is not blocked.")
        User.objects.filter(id=user_id).update(is_active=True)
        record(UserUnblocked(user=user_id), reason=reason)


def set_access(*, user_id: UUID, is_staff: bool, is_superuser: bool, groups: Collection[Group], reason: str) -> None:
    """Set whether the person is staff or a superuser, and their groups; a person who stops being staff is logged out.

    Raises NotFound, Oneself, LastSuperuser, Invalid without a reason or for a superuser who is not staff.
    """
    if (is_superuser or groups) and not is_staff:
        raise Invalid("Superusers and people in groups are staff: choose staff too.")
    with _changing(user_id, reason=reason) as person:
        if not is_superuser:
            require_another_superuser(person)
        before, was_staff = _access(person), person.is_staff
        User.objects.filter(id=user_id).update(is_staff=is_staff, is_superuser=is_superuser)
        person.groups.set(groups)
        after = _access(User.objects.get(id=user_id))
        if before != after:
            record(UserAccessChanged(user=user_id, from_=before, **after), reason=reason)
    if was_staff and not is_staff:
        end_sessions(user_id=user_id, reason=reason)


def _access(person: User) -> dict[str, Any]:
    groups = sorted(person.groups.values_list("name", flat=True))
    return {"is_staff": person.is_staff, "is_superuser": person.is_superuser, "groups": groups}
