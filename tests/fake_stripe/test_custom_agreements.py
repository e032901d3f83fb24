"""Custom agreements: what one organization agreed on is what it is shown, sold, billed and brought; nobody else is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from audit.queries import events
from marketplace.models import Payment, StripeSubscription
from marketplace.overage.agreements import agree_overage
from marketplace.packs import orders
from marketplace.subscriptions import changes
from marketplace.subscriptions.price_changes import follow_price_changes
from plans.agreements import custom, price_changes
from plans.models import Agreement
from plans.price_book import AgreedTerms
from plans.publishing import BelowTarget
from plans.queries import entitlements
from saas.backoffice.business import business
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Invalid
from tests.conftest import Person
from tests.fake_stripe.shop import Shop, deliver, subscribe
from tokens.queries import position

pytestmark = pytest.mark.own_database

TERMS = AgreedTerms("enterprise", 1, Decimal(900), 5000, Decimal("0.11"), (("pack_500", Decimal(25)),), is_custom=True)
WHY: dict[str, Any] = {"reason": "a big customer", "why_below_target": "volume"}


def agree(shop: Shop, **changed: Any) -> Agreement:
    with shop.owner.acting():
        return custom.agree(terms=TERMS, **{**WHY, **changed})


def mrr() -> Decimal:
    with tenancy.system():
        now = database_now()
        return business(since=now - timedelta(days=1), until=now).mrr


def test_below_the_line_it_needs_a_word_and_a_reason(connected: Shop) -> None:
    for terms, line in ((TERMS, "500 tokens pack 80"), (replace(TERMS, monthly_tokens=9000), "Enterprise 90")):
        with connected.owner.acting(), pytest.raises(BelowTarget, match=line):
            custom.agree(terms=terms, reason="cheap")
    with pytest.raises(Invalid, match="reason"):
        agree(connected, reason=" ")
    with pytest.raises(Invalid, match=r"ends before"):
        agree(connected, agreed_until=database_now() - timedelta(days=1))
    with pytest.raises(Invalid, match="begins at once"):
        agree(connected, starts_at=database_now() + timedelta(days=1))
    with connected.owner.acting(), pytest.raises(Invalid, match="custom allocation"):
        custom.agree(terms=AgreedTerms("pro", 1, Decimal(100), 200, is_custom=True), reason="no")
    with connected.owner.acting():
        assert not Agreement.objects.exists()


def test_a_subscription_begins_at_what_was_agreed_and_ends_with_it(connected: Shop, mallory: Person) -> None:
    before = mrr()
    made = agree(connected, agreed_until=database_now() + timedelta(days=40))
    assert agree(connected, agreed_until=made.agreed_until).id == made.id
    owner = connected.owner
    assert "$900.00" in owner.browser().get("/plans").content.decode()
    assert "$900.00" not in mallory.browser().get("/plans").content.decode()
    with mallory.acting():
        assert not Agreement.objects.filter(plan_key="enterprise").exists()
    with owner.acting():
        seen = changes.preview(caller=owner.caller, plan_key="enterprise")
        assert (int(seen.quote.due_now), seen.change.tokens_a_month) == (900, 5000)
    subscribe(connected, "enterprise")
    with owner.acting():
        assert [(p.paid_cents, p.tokens) for p in Payment.objects.all()] == [(90_000, 5000)]
        assert position().available == 5000
        assert entitlements(owner.organization_id).fetch().book.packs["pack_500"].price == 25
        assert orders.buy_pack(caller=owner.caller, pack_key="pack_500").amount == 25
        deliver(connected)
        assert agree_overage(caller=owner.caller, monthly_cap=Decimal(11)).token_price == Decimal("0.11")
    assert mrr() - before == 900
    assert owner.get("/packs").json()["data"][0]["price"] == "25.00"
    for _ in range(64):
        connected.wait(days=1)
        deliver(connected)
        follow_price_changes()
        deliver(connected)
    with owner.acting():
        plans = [p.paid_cents for p in Payment.objects.filter(order=None).order_by("paid_at")]
        assert plans == [90_000, 90_000, 39_900]
        assert entitlements(owner.organization_id).fetch().plan.monthly_tokens == 2000
        assert [e.kind for e in reversed(events()) if e.kind.startswith("price.")] == [
            "price.agreed",
            "price.change_announced",
            "price.changed",
        ]


def test_a_subscriber_has_it_from_the_next_renewal(connected: Shop) -> None:
    subscribe(connected, "enterprise")
    made = agree(connected)
    assert (made.starts_at, agree(connected).id) == (None, made.id)
    with connected.owner.acting():
        assert entitlements(connected.owner.organization_id).fetch().plan.monthly_tokens == 2000
    for _ in range(33):
        connected.wait(days=1)
        deliver(connected)
        follow_price_changes()
    with connected.owner.acting():
        assert StripeSubscription.objects.get().billed_cents == 90_000
        assert position().available == 5000
        assert not custom.withdraw_offer(agreement_id=made.id, reason="no"), "what was announced is no offer"
        change = price_changes.move(plan_key="enterprise", reason="over")
        with pytest.raises(Conflict, match="announced already"):
            custom.agree(terms=replace(TERMS, monthly_tokens=6000), **WHY)
        assert not change.is_custom


def test_an_offer_is_withdrawn_and_one_that_is_over_sells_nothing(
    connected: Shop, business: Callable[..., Person]
) -> None:
    made = agree(connected)
    with connected.owner.acting():
        assert custom.withdraw_offer(agreement_id=made.id, reason="no more")
        assert not custom.withdraw_offer(agreement_id=made.id, reason="no more")
    agree(connected, agreed_until=database_now() + timedelta(days=3))
    connected.wait(days=4)
    with connected.owner.acting():
        assert entitlements(connected.owner.organization_id).fetch().sold("enterprise").monthly_price == 399
    subscribe(connected, "enterprise")
    with connected.owner.acting():
        assert Payment.objects.get().paid_cents == 39_900
