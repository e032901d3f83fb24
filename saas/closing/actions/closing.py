"""Closing the organization."""

from marketplace import closing
from saas.accounts import queries as accounts
from saas.accounts.callers import Caller
from saas.accounts.models import Role
from saas.kernel import tenancy
from saas.kernel.errors import Forbidden, Invalid
from saas.kernel.transactions import transaction
from saas.team import actions as team
from saas.webhooks import actions as webhooks
from saas.webhooks.models import DisabledReason
from saas.webhooks.queries import switched_on


class NotCloser(Forbidden):
    """Only owners end what the organization has here."""


class WrongName(Invalid):
    """The name that confirms it is another one."""


def require_closer(caller: Caller) -> None:
    """Raise NotCloser unless the person is an owner in the browser: no key closes anything."""
    if caller.role != Role.OWNER or caller.key_id is not None:
        raise NotCloser("Only an owner of the organization can close it. Ask one of them.")


def close(*, caller: Caller, name: str, reason: str = "") -> None:
    """Close the organization; `name` is its name, typed to confirm.

    1. Its subscriptions end at Stripe, with no transaction open. No answer: nothing else has happened yet.
    2. In one commit: buying stops, webhooks go off, keys and invitations are revoked, it is shut.

    Repeating is safe, and goes on where a crash left it. Raises NotCloser, WrongName, PaymentsUnavailable, and Conflict
    where a plan began meanwhile.
    """
    require_closer(caller)
    if name.strip() != accounts.organization(tenancy.current_organization_id()).name.strip():
        raise WrongName("This is not the organization's name. Nothing was changed.")
    if accounts.is_closed():
        return
    closing.cancel_at_stripe()
    with transaction():
        closing.stop_buying(reason=team.CLOSING)
        for endpoint_id in switched_on().values_list("id", flat=True):
            webhooks.switch_off(endpoint_id=endpoint_id, because=DisabledReason.ASKED, reason=team.CLOSING)
        team.shut_organization(reason=reason)
