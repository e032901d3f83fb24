"""Price changes with notice, on the sandbox: what is paid and brought before, at and after the renewal."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest

from audit.models import Event
from marketplace.models import Payment, StripeSubscription
from marketplace.queries import live_subscription
from marketplace.stripe import gateway, reconciliation
from marketplace.subscriptions import changes
from marketplace.subscriptions.price_changes import follow_price_changes, withdraw_price_change
from marketplace.subscriptions.sync import sync_subscription
from plans.actions import subscribe as give
from plans.agreements import price_changes
from plans.models import Agreement, Subscription
from plans.price_book import AgreedTerms
from plans.queries import entitlements
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict
from tests.conftest import Person
from tests.fake_stripe.shop import Shop, deliver, subscribe, violations
from tests.price_books import new_prices
from tokens.queries import position

pytestmark = pytest.mark.own_database


@pytest.fixture
def paying(connected: Shop) -> Shop:
    """An organization that pays $149 for 200 tokens."""
    subscribe(connected, "pro")
    return connected


@pytest.fixture
def dearer(paying: Shop, superuser: psycopg.Connection) -> Iterator[int]:
    """A version of 18 % more money and half more tokens, in effect since."""
    with new_prices(superuser, pro={"monthly_price": Decimal(176), "monthly_tokens": 300}) as version:
        yield version


def pass_days(shop: Shop, days: int) -> None:
    """Let days pass one by one, with the jobs and events of each."""
    for _ in range(days):
        shop.wait(days=1)
        deliver(shop)
        follow_price_changes()
        deliver(shop)


def paid(shop: Shop) -> list[int]:
    """Return what was paid so far, in dollars, oldest first."""
    with shop.owner.acting():
        return [payment.paid_cents // 100 for payment in Payment.objects.order_by("paid_at", "id")]


def kinds(shop: Shop, noun: str = "price") -> list[str]:
    with shop.owner.acting():
        return list(Event.objects.filter(kind__startswith=f"{noun}.").order_by("seq").values_list("kind", flat=True))


def announce(shop: Shop, *, days: int = 20) -> Agreement:
    with shop.owner.acting():
        return price_changes.move(plan_key="pro", notice=timedelta(days=days), reason="costs rose")


def brings(shop: Shop) -> tuple[int, int]:
    """Return price and tokens of the organization's plan."""
    with shop.owner.acting():
        plan = entitlements(shop.owner.organization_id).fetch().plan
    return int(plan.monthly_price), plan.monthly_tokens


@pytest.mark.usefixtures("dearer")
def test_without_a_notice_every_renewal_costs_and_brings_what_was_agreed(paying: Shop) -> None:
    pass_days(paying, 65)
    assert paid(paying) == [149, 149, 149]
    with paying.owner.acting():
        assert (position().available, live_subscription().billed_cents) == (200, 14900)  # type: ignore[union-attr]


def test_a_change_begins_with_the_first_renewal_after_the_notice(paying: Shop, dearer: int) -> None:
    change = announce(paying)
    assert announce(paying).id == change.id, "asked twice, announced once"
    with paying.owner.acting():
        subscription = Subscription.objects.get()
        assert change.announced_for == price_changes.renewal_from(subscription, change.created_at + timedelta(days=20))
    page = paying.owner.browser().get("/billing").content.decode()
    assert "costs you" in page and "$176.00" in page and "300" in page
    assert "Keep Pro" not in page
    pass_days(paying, 29)
    assert (brings(paying), kinds(paying)) == ((149, 200), ["price.change_announced"])
    pass_days(paying, 4)
    assert paid(paying) == [149, 176]
    assert (brings(paying), kinds(paying)) == ((176, 300), ["price.change_announced", "price.changed"])
    with paying.owner.acting():
        assert position().available == 300
        agreement = Agreement.objects.get(announced_for__isnull=False)
        assert (agreement.price_book_version, agreement.starts_at) == (dearer, change.announced_for)
        assert Payment.objects.latest("paid_at").tokens == 300
        assert live_subscription().schedule_id == ""  # type: ignore[union-attr]
        assert StripeSubscription.objects.get().billed_cents == 17600
    pass_days(paying, 31)
    assert (paid(paying), kinds(paying)) == ([149, 176, 176], ["price.change_announced", "price.changed"])
    assert violations(paying) == []


@pytest.mark.usefixtures("dearer")
@pytest.mark.parametrize("days", [5, 29])
def test_a_change_that_is_withdrawn_changes_nothing(paying: Shop, days: int) -> None:
    announce(paying)
    pass_days(paying, days)
    with paying.owner.acting():
        is_scheduled = bool(live_subscription().schedule_id)  # type: ignore[union-attr]
        assert is_scheduled == (days == 29)
        assert withdraw_price_change(reason="second thoughts")
        assert not withdraw_price_change(reason="second thoughts")
        assert live_subscription().schedule_id == ""  # type: ignore[union-attr]
    assert "$176.00" not in paying.owner.browser().get("/billing").content.decode()
    pass_days(paying, 33 - days)
    assert (paid(paying), brings(paying)) == ([149, 149], (149, 200))
    assert kinds(paying) == ["price.change_announced", "price.change_withdrawn"]
    with paying.owner.acting():
        assert not Agreement.objects.filter(announced_for__isnull=False).exists()
    assert announce(paying).announced_for is not None, "it can be announced anew"


def test_a_subscription_that_ended_long_ago_postpones_nothing(paying: Shop, superuser: psycopg.Connection) -> None:
    with paying.owner.acting():
        former = live_subscription()
        assert former is not None
        gateway.cancel_now(subscription_id=former.subscription_id, schedule_id="", key="early")
    deliver(paying)
    subscribe(paying, "pro")
    with new_prices(superuser, pro={"monthly_price": Decimal(176), "monthly_tokens": 300}):
        announce(paying)
        pass_days(paying, 29)
        with paying.owner.acting():
            scheduled = Agreement.objects.get(announced_for__isnull=False)
            assert scheduled.starts_at is not None
            sync_subscription(former.subscription_id)
            scheduled.refresh_from_db()
            assert scheduled.starts_at is not None


@pytest.mark.usefixtures("dearer")
def test_what_has_begun_cannot_be_withdrawn(paying: Shop) -> None:
    announce(paying)
    pass_days(paying, 29)
    paying.wait(days=2)
    with paying.owner.acting(), pytest.raises(Conflict, match="has begun"):
        withdraw_price_change(reason="too late")


@pytest.mark.usefixtures("dearer")
def test_a_job_that_missed_the_renewal_comes_with_the_next_one(paying: Shop) -> None:
    announce(paying)
    paying.wait(days=33)
    deliver(paying)
    assert (paid(paying), brings(paying)) == ([149, 149], (149, 200)), "never new tokens for the old price"
    pass_days(paying, 31)
    assert (paid(paying), brings(paying)) == ([149, 149, 176], (176, 300))


@pytest.mark.usefixtures("dearer")
def test_events_that_are_lost_are_made_up_for(paying: Shop) -> None:
    announce(paying)
    for _ in range(33):
        paying.wait(days=1)
        follow_price_changes()
    reconciliation.reconcile()
    follow_price_changes()
    assert brings(paying) == (176, 300)
    with paying.owner.acting():
        assert (StripeSubscription.objects.get().billed_cents, position().available) == (17600, 300)
    assert kinds(paying) == ["price.change_announced", "price.changed"]


@pytest.mark.usefixtures("dearer")
@pytest.mark.parametrize("in_time", [True, False])
def test_a_cancellation_taken_back_does_not_keep_the_old_price(paying: Shop, in_time: bool) -> None:
    announce(paying)
    with paying.owner.acting():
        left = live_subscription().period_ends_at - database_now()  # type: ignore[union-attr]
    pass_days(paying, left.days)
    with paying.owner.acting():
        assert changes.cancel(caller=paying.owner.caller).status == "scheduled"
        follow_price_changes()
        assert changes.undo_scheduled_change(caller=paying.owner.caller).status == "applied"
        assert changes.undo_scheduled_change(caller=paying.owner.caller).status == "unchanged"
    if in_time:
        follow_price_changes()
    pass_days(paying, 4)
    then = ([149, 176], (176, 300)) if in_time else ([149, 149], (149, 200))
    assert (paid(paying), brings(paying)) == then, "never new tokens for the old price"
    pass_days(paying, 31)
    assert (paid(paying)[2], brings(paying)) == (176, (176, 300))


@pytest.mark.usefixtures("dearer")
def test_an_upgrade_ends_an_announced_change(paying: Shop) -> None:
    announce(paying)
    pass_days(paying, 29)
    with paying.owner.acting():
        assert changes.change_plan(caller=paying.owner.caller, plan_key="enterprise").status == "applied"
        assert not Agreement.objects.filter(announced_for__isnull=False).exists()
    pass_days(paying, 4)
    assert brings(paying) == (399, 2000)
    assert paid(paying)[-1] == 399


def test_a_given_plan_changes_without_stripe(mallory: Person, superuser: psycopg.Connection) -> None:
    with new_prices(superuser, pro={"monthly_price": Decimal(176), "monthly_tokens": 300}):
        with mallory.acting():
            change = price_changes.move(plan_key="pro", notice=timedelta(days=40), reason="costs rose")
        follow_price_changes()
        with mallory.acting():
            assert entitlements(mallory.organization_id).fetch().plan.monthly_tokens == 200
            assert change.announced_for is not None


def test_terms_announced_for_a_given_plan_do_not_vanish_unsaid_when_it_is_paid(connected: Shop) -> None:
    shop = connected
    with shop.owner.acting():
        give(plan_key="enterprise")
        terms = AgreedTerms("enterprise", 1, Decimal(450), 3000)
        price_changes.announce(terms=terms, notice=timedelta(days=40), reason="a test")
    subscribe(shop, "enterprise")
    assert kinds(shop) == ["price.change_announced", "price.change_withdrawn"]
    with shop.owner.acting():
        assert not Agreement.objects.filter(announced_for__isnull=False).exists()


def test_the_next_bill_of_a_smaller_plan_is_what_it_was_sold_for_when_it_was_chosen(
    connected: Shop, superuser: psycopg.Connection
) -> None:
    shop = connected
    subscribe(shop, "enterprise")
    with shop.owner.acting():
        changes.change_plan(caller=shop.owner.caller, plan_key="pro")
    deliver(shop)
    with new_prices(superuser, pro={"monthly_price": Decimal(176), "monthly_tokens": 300}):
        page = shop.owner.browser().get("/billing").content.decode()
        due = page.partition("Next bill")[2].partition("</p>")[0]
        assert "$149.00" in due and "$176.00" not in due
