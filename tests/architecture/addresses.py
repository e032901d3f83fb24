"""Every address of ours that takes an id, and things of an organization for each kind of id."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from django.urls import URLPattern, URLResolver, get_resolver

from tests.conftest import Person, hire, make_goal

OURS = ("", "api/v1/")
SECRET = "Alice's secret plan"

# What each id in an address is of; a new kind of address fails here until it is named.
KINDS = {
    "goal_id": "goal",
    "quest_id": "quest",
    "step_id": "step",
    "lead": "lead",
    "lead_list_id": "lead_list",
    "forecast_id": "forecast",
    "entry_id": "revenue",
    "hold_id": "transaction",
    "transaction_id": "transaction",
    "key": "idempotency_key",
    "membership_id": "membership",
    "invitation_id": "invitation",
    "department_id": "department",
    "quota_id": "quota",
    "request_id": "token_request",
    "notification_id": "notification",
    "key_id": "api_key",
    "organization_id": "organization",
    "order_id": "purchase",
    "invoice_id": "invoice",
    "endpoint_id": "webhook",
    "delivery_id": "webhook_delivery",
    "file_id": "report_file",
    "conflict_id": "conflict",
    "gift_id": "gift",
}
NOT_AN_ID = {"secret", "report", "form"}
NO_NUMBER = 99
"""The number of nothing, where an address counts."""


@dataclass(frozen=True)
class Address:
    """A URL pattern of ours that takes ids."""

    route: str
    ids: tuple[str, ...]

    def path(self, things: dict[str, Any]) -> str:
        path = self.route
        for name in self.ids:
            thing = things[KINDS[name]]
            path = path.replace(f"<uuid:{name}>", str(thing))
            path = path.replace(f"<int:{name}>", str(thing if isinstance(thing, int) else NO_NUMBER))
        return f"/{path}"


def addresses() -> list[Address]:
    """Return every pattern of ours that takes an id."""
    found = [Address(route, tuple(ids)) for route, ids in _walk(get_resolver().url_patterns, "") if ids]
    return [address for address in found if not set(address.ids) & NOT_AN_ID]


def _walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, list[str]]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if route in OURS:
                yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, list(pattern.pattern.converters)


def things_of(alice: Person, words: str = SECRET) -> dict[str, Any]:
    from marketplace.gifts.offers import offer_tokens
    from marketplace.models.invoices import Invoice
    from marketplace.packs.orders import place_order
    from saas.accounts.models import Invitation, Membership, Role
    from saas.kernel.clock import database_now
    from saas.notifications.models import Notification
    from saas.reports.models import ReportFile
    from saas.team import actions as team
    from saas.webhooks.actions import create_endpoint
    from saas.webhooks.models import Delivery
    from tokens.kinds import QuotaScope

    goal = make_goal(alice, words)
    key = str(uuid4())
    made = alice.post("/quests", {"goal": str(goal.id)}, key=key).json()
    entry = alice.post(
        "/revenue-entries", {"goal": str(goal.id), "amount": "10.00", "received_on": "2026-11-01", "note": words}
    ).json()
    stale = {"client_change_id": key, "type": "goal", "id": str(goal.id), "base_version": 0, "deleted": True}
    [pushed] = alice.post("/sync", {"changes": [stale]}).json()["results"]
    bob = hire(alice)
    with alice.acting():
        department = team.create_department(name=words)
        quota_id = team.set_quota(scope=QuotaScope.DEPARTMENT, subject_id=department.id, tokens=10)
        asker = replace(alice.caller, department_id=department.id)
        asked = team.ask_for_tokens(caller=asker, tokens=5, note=words)
        invited = team.invite(email=f"{uuid4().hex}@example.com", role=Role.MEMBER, department_id=None, by=alice.user)
        invitation = invited.invitation
        api_key = team.create_api_key(name=words, scopes=["read"], by=alice.user).key
        assert Invitation.objects.count() == 1
        membership = Membership.objects.get(user=bob.user)
        lead_list = _lead_list(alice, goal, words)
        texts = {"title": words, "body": words, "created_at": database_now()}
        notification = Notification.objects.create(user=alice.user, event_id=uuid4(), kind="member.joined", **texts)
        forecast = _forecast(alice, words)
        order = place_order(caller=alice.caller, pack_key="pack_500")
        invoice = Invoice.objects.create(
            receipt_number=1,
            invoice_id=f"in_{uuid4().hex}",
            what=words,
            total_cents=2900,
            currency="usd",
            pdf_url="https://invoice.example/",
            issued_at=database_now(),
        )
        webhook = create_endpoint(url="https://example.com/", kinds=["*"], description=words).endpoint
        delivery = Delivery.objects.create(endpoint=webhook, event_id=uuid4(), seq=1, kind="goal.created", body="{}")
        file = ReportFile.objects.create(
            user=alice.user, report="usage", first_day="2026-11-01", last_day="2026-11-30", lines=2000
        )
        gift = offer_tokens(tokens=5, note=words, reason="a test", by=alice.user.pk, request_key="a test")
    return {
        "goal": goal.id,
        "quest": made["quests"][0]["id"],
        "step": made["quests"][0]["steps"][0]["id"],
        "lead_list": lead_list.id,
        "lead": 0,
        "forecast": forecast.id,
        "revenue": entry["id"],
        "transaction": made["tokens"]["transaction_id"],
        "idempotency_key": key,
        "membership": membership.id,
        "invitation": invitation.id,
        "department": department.id,
        "notification": notification.id,
        "token_request": asked.id,
        "quota": quota_id,
        "api_key": api_key.id,
        "organization": alice.organization_id,
        "purchase": order.id,
        "invoice": invoice.id,
        "webhook": webhook.id,
        "webhook_delivery": delivery.id,
        "report_file": file.id,
        "conflict": pushed["conflict"],
        "gift": gift.id,
    }


def _lead_list(alice: Person, goal: Any, words: str) -> Any:
    from quests.models import LeadList

    texts = {"title": words, "summary": words, "leads": [], "provider": "builtin", "transaction_id": uuid4()}
    return LeadList.objects.create(goal=goal, created_by=alice.user, **texts)


def _forecast(alice: Person, words: str) -> Any:
    from quests.models import RevenueForecast

    texts = {"title": words, "summary": words, "driver": words, "method": "nothing", "currency": "USD"}
    total = {"p10": "0.00", "p50": "10.00", "p90": "20.00"}
    figures = {"months": [{"month": "2027-01", **total}], "total": total, "history": []}
    made = {"provider": "builtin", "transaction_id": uuid4()}
    return RevenueForecast.objects.create(created_by=alice.user, **texts, **figures, **made)


ENDS_THE_ACTOR = {
    "accounts/logout/",
    "admin/logout/",
    "accounts/sessions/",
    "settings/leave",
    "settings/close",
    "settings/you/keys/end",
    "settings/you/erase",
}
"""Posting here takes the actor out of the organization, and the rest would be tried by a stranger."""
