"""Ending what lets somebody in: sessions, keys, test keys, and the invitations that they sent.

Note [What ends at once, and what is cleared up after]
    A blocked person is out with one commit: sessions and keys are looked up together with `is_active`. Membership
    works alike for one organization. Revoking what they had makes that last: neither unblocking nor joining again
    brings a key back to life. Each organization is a transaction of its own, so nobody waits for two locks;
    repeating goes on where a crash left it.
"""

from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import F

from audit.actions import record
from saas.accounts import queries as accounts
from saas.accounts.keys import SCOPES, scopes_of
from saas.accounts.lock import serialized
from saas.accounts.models import ApiKey, Invitation, User
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import NotFound
from saas.kernel.transactions import transaction
from saas.team.actions.api_keys import revoke_api_key
from saas.team.events import ApiKeyNarrowed, InvitationRevoked, UserExported, UserSessionsEnded


def end_credentials(*, user_id: UUID, reason: str) -> None:
    """End a person's sessions, and in every organization their keys and the invitations they sent.

    See Note [What ends at once, and what is cleared up after].
    """
    end_sessions(user_id=user_id, reason=reason)
    end_keys(user_id=user_id, reason=reason)
    with tenancy.system():
        sent = Invitation.objects.filter(invited_by_id=user_id, accepted_at=None, revoked_at=None)
        organization_ids = sorted(set(sent.values_list("organization_id", flat=True)))
    for organization_id in organization_ids:
        with tenancy.organization(organization_id):
            end_credentials_here(user_id=user_id, reason=reason)


def end_credentials_here(*, user_id: UUID, reason: str) -> None:
    """End a person's keys, test keys and open invitations in this organization."""
    with serialized():
        _end_keys_here(user_id=user_id, reason=reason)
        for invitation_id in accounts.open_invitations().filter(invited_by_id=user_id).values_list("id", flat=True):
            revoke_invitation(invitation_id=invitation_id, reason=reason)


def note_own_export(*, user_id: UUID) -> None:
    """Record that a person takes their own data out."""
    with tenancy.system(), transaction():
        record(UserExported(user=user_id))


def end_sessions(*, user_id: UUID, reason: str) -> None:
    """End every session of a person, whatever browser it is in; what an open page sends next is refused.

    It is recorded where none is listed, too: the new epoch ends those that nobody lists.
    """
    keys = list(UserSession.objects.filter(user_id=user_id).values_list("session_key", flat=True))
    with tenancy.system(), transaction():
        User.objects.filter(id=user_id).update(session_epoch=F("session_epoch") + 1)
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(user_id=user_id, session_key__in=keys).delete()
        record(UserSessionsEnded(user=user_id, sessions=len(keys)), reason=reason)


def end_keys(*, user_id: UUID, reason: str) -> int:
    """Revoke the person's keys in all organizations, test keys too; return how many."""
    with tenancy.system():
        made = ApiKey.objects.filter(created_by_id=user_id, revoked_at=None)
        organization_ids = sorted(set(made.values_list("organization_id", flat=True)))
    ended = 0
    for organization_id in organization_ids:
        with tenancy.organization(organization_id), serialized():
            ended += _end_keys_here(user_id=user_id, reason=reason)
    return ended


def _end_keys_here(*, user_id: UUID, reason: str) -> int:
    key_ids = list(ApiKey.objects.filter(created_by_id=user_id, revoked_at=None).values_list("id", flat=True))
    for key_id in key_ids:
        revoke_api_key(key_id=key_id, reason=reason)
    return len(key_ids)


def narrow_keys(*, user_id: UUID, role: str) -> None:
    """Take from the person's keys in this organization what their role does not allow; one left with nothing ends.

    A key that was narrowed stays so: a higher role later needs a new key.
    """
    allowed = scopes_of(role)
    with serialized():
        for key in ApiKey.objects.filter(created_by_id=user_id, revoked_at=None):
            left = [scope for scope in SCOPES if scope in allowed.intersection(key.scopes)]
            if not left:
                revoke_api_key(key_id=key.pk, reason=f"the person is {role} now")
            elif len(left) < len(key.scopes):
                key.scopes = left
                key.save(update_fields=["scopes"])
                record(ApiKeyNarrowed(key=key.pk, scopes=left, role=role))


def revoke_invitation(*, invitation_id: UUID, reason: str = "") -> None:
    """Make an open invitation's link useless. Raises NotFound."""
    with serialized():
        open_one = Invitation.objects.filter(id=invitation_id, accepted_at=None, revoked_at=None)
        if not open_one.update(revoked_at=database_now()):
            raise NotFound("This invitation is not open.")
        record(InvitationRevoked(invitation=invitation_id), reason=reason)
