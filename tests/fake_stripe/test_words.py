"""Each kind of event about money is put in words with what its action really records."""

import psycopg
import pytest

from tests.architecture.audited import head
from tests.fake_stripe.audited import Till
from tests.fake_stripe.shop import Shop
from tests.fake_stripe.worded import WORDED
from tests.notifications.recorded import events_after, read, require_declared

pytestmark = [pytest.mark.slow, pytest.mark.own_database]


@pytest.mark.parametrize("kind", WORDED)
def test_it_reads(kind: str, opened: Shop, superuser: psycopg.Connection) -> None:
    till = Till(opened)
    with opened.owner.acting():
        call = WORDED[kind](till)
        before = head(superuser, till.watched.organization_id)
        call()
    recorded = events_after(before, till.watched.organization_id)
    require_declared(recorded)
    assert [read(event) for event in recorded if event.kind == kind]
