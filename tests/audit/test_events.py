"""The registry of events: each kind is declared once, in its room, with what is stored of it."""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings

from audit.events import KINDS, AuditEvent, SeenBy
from plans.events import PlanChanged
from saas.metering.events import OperationRefused
from tokens.kinds import HoldStatus

pytestmark = pytest.mark.fast

ROOT = Path(settings.BASE_DIR)

RENAMED = {"overage.told": "overage.reported"}
"""Public kinds whose words are retired: their classes have ours."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_class_is_its_kind_frozen_and_publishes_only_what_it_has(kind: str) -> None:
    event = KINDS[kind]
    assert event.__name__ == "".join(word.capitalize() for word in re.split(r"[._]", RENAMED.get(kind, kind)))
    assert event.__module__.endswith(".events")
    assert is_dataclass(event) and event.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert all(
        each.default is None for each in fields(event) if each.name.rstrip("_") not in event.names(required=True)
    )
    assert event.webhook is None or event.webhook.fields.keys() <= event.names()
    assert (SeenBy.PERSON in event.seen_by) == kind.startswith("user.")


def test_what_sql_functions_append_is_declared() -> None:
    texts = [path.read_text() for path in (*ROOT.glob("*/sql/*.sql"), *ROOT.glob("saas/*/sql/*.sql"))]
    calls = [call for text in texts for call in re.findall(r"PERFORM audit_append[^;]*;", text)]
    quoted = {kind for call in calls for kind in re.findall(r"'([a-z_]+\.[a-z_]*)'", call)}
    assert "hold." in quoted and "tokens.granted" in quoted
    ended = {f"hold.{status}" for status in HoldStatus if status != HoldStatus.HELD}
    assert (quoted - {"hold."}) | ended <= KINDS.keys()


def test_reserved_names_are_stored_as_they_are_and_a_default_is_not() -> None:
    changed = PlanChanged(from_="pro", to="enterprise")
    assert changed.payload() == {"from": "pro", "to": "enterprise"}
    assert PlanChanged.from_payload(changed.payload()) == changed
    refused = OperationRefused(operation="quest", units=1, code="queue_full", user=uuid4())
    assert refused.payload().keys() == {"operation", "units", "code", "user"}
    of_quota = OperationRefused(operation="quest", units=1, code="quota_reached", user=uuid4(), scope="user", limit=1)
    assert of_quota.payload()["department"] is None


def test_another_payload_or_another_owner_is_refused() -> None:
    with pytest.raises(TypeError):
        PlanChanged.from_payload({"from": "pro", "to": "enterprise", "why": "a typo"})
    with pytest.raises(TypeError, match="of no kind"):
        AuditEvent()
    with pytest.raises(TypeError, match="twice"):

        class Another(AuditEvent, kind="plan.changed"): ...
