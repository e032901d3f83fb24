"""What the owner of a shop was mailed, and everything delivered once more."""

from collections import Counter

from django.core import mail

from fake_stripe import delivery
from fake_stripe.mode import NOTICE
from saas.accounts.queries import organization
from saas.kernel import tenancy
from saas.notifications.tasks import notify
from tests.fake_stripe.shop import Shop, deliver


def subjects(shop: Shop) -> Counter[str]:
    """Return the subjects of the owner's mails, with the organization's name left out."""
    notify()
    with shop.owner.acting():
        name = organization(shop.owner.organization_id).name
    mine = [message for message in mail.outbox if message.to == [shop.owner.user.email]]
    assert all(NOTICE in message.body for message in mine)
    return Counter(str(message.subject).replace(name, "Carol") for message in mine)


def everything_again(shop: Shop) -> None:
    """Deliver every event again, the newest first."""
    with tenancy.system():
        for event in reversed(shop.event_rows()):
            delivery.redeliver(event)
    deliver(shop)
