"""Inviting somebody by e-mail: the invitation, then its mail, which no transaction waits for."""

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from saas.accounts import queries as accounts
from saas.accounts.models import Invitation, Role, User
from saas.kernel import tenancy
from saas.kernel.transactions import durable
from saas.team import actions


def send(*, email: str, role: Role, department_id: UUID | None, by: User) -> tuple[Invitation, str]:
    """Invite an address and mail it the link; return both. Raises what `actions.invite` raises.

    A mail that cannot be sent is not an error: the page shows the link, and inviting again replaces it.
    """
    invitation, secret = actions.invite(email=email, role=role, department_id=department_id, by=by)
    link = f"{settings.BASE_URL}{reverse('invitation', args=[secret])}"
    organization = accounts.organization(tenancy.current_organization_id())
    with durable():
        send_mail(
            subject=f"Join {organization.name} on Milepost",
            message=f"{by} invites you to {organization.name}.\n\nAccept here: {link}\n\n"
            f"The link works for {actions.INVITATION_DAYS} days.",
            from_email=None,
            recipient_list=[invitation.email],
            fail_silently=True,
        )
    return invitation, link
