"""Inviting somebody by e-mail: the invitation, then its mail, which no transaction waits for."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from saas.accounts import queries as accounts
from saas.accounts.models import Invitation, Role, User, canonical_email
from saas.kernel import tenancy
from saas.kernel.errors import DomainError
from saas.kernel.transactions import durable
from saas.team import actions
from saas.web import counters
from saas.web.mails import send_mail

MAIL_SECONDS = 86_400
"""An address gets one mail in so many seconds, whoever invites it; invited again, its link leads to the new offer."""

GOES_NOWHERE = ("console", "dummy")
"""Django's mail backends that reach nobody."""


def send(*, email: str, role: Role, department_id: UUID | None, by: User) -> tuple[Invitation, str | None]:
    """Invite an address and mail it the link. Raises what `actions.invite` raises.

    Return the invitation, and where no mail went out the link for the inviter to hand over: it proves no mailbox.
    """
    key = f"invitation:{canonical_email(email)}"
    may_mail = counters.count(key, seconds=MAIL_SECONDS).number <= 1
    try:
        made = actions.invite(email=email, role=role, department_id=department_id, by=by, keeps_link=not may_mail)
    except DomainError:
        counters.take_back(key)
        raise
    if may_mail and _mailed(made, by):
        return made.invitation, None
    return made.invitation, _link(made.shown_secret)


def _mailed(made: actions.NewInvitation, by: User) -> bool:
    """Mail the link; return whether the mail was sent. What the inviter wrote is not in the subject."""
    organization = accounts.organization(tenancy.current_organization_id())
    with durable():
        sent = send_mail(
            "You are invited to a team on Milepost",
            f"{by} invites you to {organization.name}.\n\nAccept the invitation here:\n{_link(made.mailed_secret)}\n\n"
            f"The link works for {actions.INVITATION_DAYS} days. If you do not know them, ignore this mail.",
            None,
            [made.invitation.email],
            fail_silently=True,
        )
    return bool(sent) and not any(name in settings.EMAIL_BACKEND for name in GOES_NOWHERE)


def _link(secret: str) -> str:
    return f"{settings.BASE_URL}{reverse('invitation', args=[secret])}"
