"""Each action with money is called once, and the organization's chain grows by what the kinds declare."""

import psycopg
import pytest

from tests.architecture.audited import head
from tests.fake_stripe.audited import MONEY, Till
from tests.fake_stripe.shop import Shop
from tests.notifications.recorded import events_after, require_declared

pytestmark = pytest.mark.own_database


@pytest.mark.parametrize("name", MONEY)
def test_the_action_is_audited(name: str, opened: Shop, superuser: psycopg.Connection) -> None:
    till = Till(opened)
    with opened.owner.acting():
        call = MONEY[name](till)
        before = head(superuser, till.watched.organization_id)
        call()
    recorded = events_after(before, till.watched.organization_id)
    assert recorded
    require_declared(recorded)
