"""Settings: a person's name, and taking everything away."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps

from licensing.actions import advance_all, payment_failed
from saas.accounts.models import User
from saas.closing import export
from saas.kernel.clock import database_now
from saas.notifications.tasks import notify
from tests.answers import streamed
from tests.conftest import Person, hire, make_goal
from tests.notifications.notified import notified_kinds

pytestmark = pytest.mark.own_database


def exported(person: Person) -> Any:
    answer = person.browser().post("/settings/export")
    assert answer.status_code == 200
    return json.loads(streamed(answer))


def test_everything_of_the_organization_and_nothing_else_leaves_without_secrets(
    alice: Person, mallory: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS_A_QUERY", 2)
    goal = make_goal(alice, "Größe “L”")
    make_goal(mallory, "Mallory's own")
    alice.post("/quests", {"goal": str(goal.id)})
    bob = hire(alice)
    text = json.dumps(document := exported(alice), ensure_ascii=False)
    assert [row["title"] for row in document["goals"]] == ["Größe “L”"]
    assert {row["user__email"] for row in document["members"]} == {alice.user.email, bob.user.email}
    assert sum(row["tokens"] for row in document["token_ledger"]) == 197
    seqs = [row["seq"] for row in document["audit_events"]]
    assert sorted(seqs) == list(range(1, len(seqs) + 1)) and len(seqs) > 4
    assert document["audit_events"][-1]["kind"] == "organization.exported"
    assert str(mallory.organization_id) not in text and "secret_hash" not in text and alice.api_key not in text
    notify()
    assert notified_kinds(alice) == ["organization.exported"]


def test_the_export_works_when_everything_else_is_off(alice: Person) -> None:
    with alice.acting():
        payment_failed(at=database_now() - timedelta(days=40))
        advance_all()
    assert alice.get("/license").json()["state"] == "suspended"
    assert exported(alice)["organization"]["id"] == str(alice.organization_id)


def test_members_export_nothing_and_name_themselves(bob: Person) -> None:
    browser = bob.browser()
    assert browser.post("/settings/export").status_code == 403
    browser.post("/settings/profile", {"name": "Bob \u202eBaker"})
    assert User.objects.get(id=bob.user.pk).name == "Bob Baker"
    assert "Bob Baker" in browser.get("/team").content.decode()


def test_side_tabs_lead_to_every_page_of_the_settings_and_to_none_that_is_refused(alice: Person, bob: Person) -> None:
    shown = {}
    for person in (alice, bob):
        browser = person.browser()
        page = browser.get("/settings").content.decode()
        tabs = page.partition('<nav class="tabs side"')[2].partition("</nav>")[0]
        links = re.findall(r'href="([^"]+)"[^>]*>([^<]+)<', tabs)
        shown[person.role] = [words for _, words in links]
        for address, words in links:
            there = browser.get(address)
            assert there.status_code == 200, words
            assert f'href="{address}" aria-current="page">{words}<' in there.content.decode()
    assert shown["owner"] == [
        "Organization", "You", "Security", "Notifications", "API keys", "Webhooks", "Audit log", "Data",
    ]  # fmt: skip
    assert shown["member"] == ["Organization", "You", "Security", "Notifications", "Data"]


def test_every_table_of_an_organization_is_exported_or_left_out_for_a_reason() -> None:
    tables = {
        model._meta.label
        for model in apps.get_models()
        if "organization_id" in {each.attname for each in model._meta.concrete_fields}
    }
    assert tables == set(export.TABLES.values()) | set(export.LEFT_OUT)
    assert not set(export.TABLES.values()) & set(export.LEFT_OUT)
