"""Cancelling asks why, once, tells Stripe and staff, and offers a pause or a smaller plan beside it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from marketplace.models import StripeSubscription
from marketplace.models.cancelling import CancelReason
from marketplace.subscriptions import changes, pausing
from plans.actions import subscribe as give
from saas.kernel import tenancy
from tests.fake_stripe.shop import Shop, deliver, subscribe
from tests.notifications.recorded import events_after

pytestmark = pytest.mark.own_database


def at_stripe(shop: Shop) -> Any:
    with shop.owner.acting():
        known = StripeSubscription.objects.order_by("-anchor_at").first()
    assert known is not None
    return shop.v1.subscriptions.retrieve(known.subscription_id)


def kept(shop: Shop) -> str:
    with shop.owner.acting():
        return str(StripeSubscription.objects.get().cancel_reason)


def page(web: Client, plan: str = "starter") -> str:
    return " ".join(web.get(reverse("change_plan"), {"plan": plan}).content.decode().split())


def test_the_page_asks_why_and_offers_what_is_less(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "enterprise")
    web = shop.owner.browser()
    seen = page(web)
    for reason in CancelReason:
        assert f'<option value="{reason.value}">{reason.label}</option>' in seen
    assert "Pause Enterprise" in seen and "Change to Pro" in seen and "$149.00" in seen
    at = seen.split('name="at" value="')[1].split('"')[0]
    form = {"plan": "starter", "at": at, "reason": "too_expensive"}
    assert "Your plan changes on" in web.post(reverse("change_plan"), form, follow=True).content.decode()
    deliver(shop)
    assert (at_stripe(shop).cancellation_details.feedback, kept(shop)) == ("too_expensive", "too_expensive")
    changed = [each for each in events_after(0, shop.owner.organization_id) if each.kind == "subscription.changed"]
    assert changed[-1].data["cancel_reason"] == "too_expensive"

    with shop.owner.acting():
        changes.undo_scheduled_change(caller=shop.owner.caller)
    assert (at_stripe(shop).cancellation_details.feedback or "", kept(shop)) == ("", ""), (
        "who stays has no reason to go"
    )
    assert "Instead of cancelling" not in page(web, "pro"), "a change of plan asks nothing"


@pytest.mark.parametrize("reason", ["", "nonsense"])
def test_no_reason_is_needed_and_none_is_made_up(opened: Shop, reason: str) -> None:
    shop = opened
    subscribe(shop, "pro")
    web = shop.owner.browser()
    seen = page(web)
    assert "Pause Pro" in seen and "Change to" not in seen.partition("Instead of cancelling")[2].partition("</form>")[0]
    at = seen.split('name="at" value="')[1].split('"')[0]
    web.post(reverse("change_plan"), {"plan": "starter", "at": at, "reason": reason}, follow=True)
    assert (at_stripe(shop).cancel_at is not None, kept(shop)) == (not reason, "")


def test_the_api_takes_a_reason_of_stripes(opened: Shop) -> None:
    shop, carol = opened, opened.owner
    subscribe(shop, "pro")
    refused = carol.post("/subscription/cancel", {"reason": "bored"})
    assert (refused.status_code, refused.json()["code"]) == (422, "validation_error")
    assert at_stripe(shop).cancel_at is None
    assert carol.post("/subscription/cancel", {"reason": "unused"}).json()["status"] == "scheduled"
    assert (at_stripe(shop).cancellation_details.feedback, kept(shop)) == ("unused", "unused")


def test_a_paused_plan_is_cancelled_with_its_reason(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    with shop.owner.acting():
        pausing.pause(caller=shop.owner.caller)
        changes.cancel(caller=shop.owner.caller, reason="switched_service")
    assert (at_stripe(shop).status, at_stripe(shop).cancellation_details.feedback) == ("canceled", "switched_service")
    assert kept(shop) == "switched_service"


def test_a_given_plan_keeps_the_reason_in_the_audit_log(opened: Shop) -> None:
    shop = opened
    with shop.owner.acting():
        give(plan_key="pro")
        changes.cancel(caller=shop.owner.caller, reason="missing_features")
    with tenancy.system():
        event = Event.objects.filter(organization_id=shop.owner.organization_id, kind="plan.scheduled").get()
    assert "Something I need is missing" in event.reason
