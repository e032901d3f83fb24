"""What closing the organization would end, and how long a closed one can be taken out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.models import StripeSubscription
from marketplace.models.gifts import OPEN, Gift
from marketplace.queries import live_subscription
from plans.price_book import PlanTerms
from plans.queries import entitlements
from saas.accounts import queries as accounts
from saas.accounts.models import ApiKey, Membership, Organization
from saas.kernel import tenancy
from saas.webhooks.queries import switched_on
from tokens.queries import Position, position

WINDOW = timedelta(days=30)
"""How long owners and admins of a closed organization can take its data out by themselves."""


@dataclass(frozen=True)
class Ending:
    """What ends with the organization."""

    plan: PlanTerms
    subscription: StripeSubscription | None
    position: Position
    members: int
    invitations: int
    keys: int
    endpoints: int
    gifts: int

    @property
    def tokens(self) -> int:
        """Return the tokens that are lost: held ones come back first, overage was never bought."""
        return self.position.prepaid + self.position.held + self.position.frozen


def ending() -> Ending:
    """Return what closing the organization would end."""
    entitled = entitlements(tenancy.current_organization_id()).fetch()
    return Ending(
        plan=entitled.plan,
        subscription=live_subscription(),
        position=position(),
        members=Membership.objects.count(),
        invitations=accounts.open_invitations().filter(expires_at__gt=entitled.now).count(),
        keys=sum(key.status(entitled.now) == "active" for key in ApiKey.objects.all()),
        endpoints=switched_on().count(),
        gifts=Gift.objects.filter(status__in=OPEN).count(),
    )


def window_ends_at(closed: Organization) -> datetime:
    """Return until when a closed organization can be taken out by its owners and admins."""
    assert closed.closed_at is not None
    return closed.closed_at + WINDOW
