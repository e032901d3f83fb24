"""The audit log in sentences: one for each kind, filled from its payload, escaped, with titles and links."""

import json
import re
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, get_type_hints
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from audit.events import KINDS, SeenBy
from quests.actions import update_goal
from quests.queries import titles_of
from saas.kernel.serialization import as_json
from saas.reports.audit_log.sentences import SENTENCES, SUBJECTS, kinds_about
from saas.reports.audit_log.wording import WAYS, Wording
from tests.conftest import Person, make_goal

pytestmark = pytest.mark.fast

SEEN = sorted(kind for kind, event in KINDS.items() if SeenBy.ORGANIZATION in event.seen_by)
WORDING = Wording(names={}, titles={}, currency="EUR", zone=ZoneInfo("Europe/Rome"))
FIELD = re.compile(r"\{(\w+)(?::(\w+))?\}")
SAMPLES = {
    "UUID": str(uuid4()),
    "datetime.datetime": "2026-11-30T09:00:00Z",
    "datetime.date": "2026-11-30",
    "Decimal": "1234.50",
}


def test_every_kind_has_a_sentence_and_a_subject() -> None:
    assert sorted(SENTENCES) == SEEN
    about = [kind for subject in SUBJECTS for kind in kinds_about(subject)]
    assert sorted(about) == SEEN


@pytest.mark.parametrize("kind", SEEN)
def test_a_sentence_names_what_its_kind_has(kind: str) -> None:
    text, event = SENTENCES[kind], KINDS[kind]
    always = re.sub(r"\[[^\]]*\]", "", text)
    assert {name for name, _ in FIELD.findall(text)} <= event.names() | {"who", "changes"}
    assert {name for name, _ in FIELD.findall(always)} <= event.names(required=True) | {"who", "changes"}
    assert {way for _, way in FIELD.findall(text) if way} <= WAYS.keys()


@pytest.mark.parametrize("kind", SEEN)
def test_a_sentence_can_be_filled(kind: str) -> None:
    event = KINDS[kind]
    payload = {name: _sample(name, hint) for name, hint in _hints(event).items()}
    sentence = WORDING.sentence(kind, json.loads(as_json(payload)), "maria")
    assert "{" not in sentence and "[" not in sentence
    assert not sentence.startswith("<b><bdi>maria</bdi></b>: "), "it could not be filled"


def _hints(event: Any) -> dict[str, str]:
    known = get_type_hints(event)
    return {each.name.rstrip("_"): str(known[each.name]) for each in fields(event)}


def _sample(name: str, hint: str) -> Any:
    if name.endswith("_at"):
        return SAMPLES["datetime.datetime"]
    for word, value in SAMPLES.items():
        if word in hint:
            return value
    if "Mapping" in hint or "dict" in hint:
        return {}
    if "Sequence" in hint:
        return ["title"]
    return True if "bool" in hint else 3 if "int" in hint or "float" in hint else "some <b>text</b>"


def test_what_an_event_says_is_escaped() -> None:
    goal = uuid4()
    wording = Wording(names={}, titles={goal: ("<img src=x>", "/goals/1")}, currency="USD", zone=ZoneInfo("UTC"))
    data = {"goal": str(goal), "changed": ["title<"]}
    sentence = wording.sentence("goal.updated", data, "<script>")
    assert "<img" not in sentence and "<script" not in sentence and "title<" not in sentence
    assert "&lt;img src=x&gt;" in sentence


@pytest.mark.parametrize("data", [{}, {"goal": "no id", "changed": []}, {"goal": None, "changed": None}])
def test_an_event_that_cannot_be_worded_says_its_kind(data: dict[str, Any]) -> None:
    assert "maria</bdi></b>: goal updated" in WORDING.sentence("goal.updated", data, "maria")
    assert "made up" in WORDING.sentence("made.up", data, "maria")


def test_the_page_says_who_changed_what_from_what_to_what(alice: Person) -> None:
    goal = make_goal(alice, title="Buy a <second> van")
    with alice.acting():
        changes = {"title": goal.title, "target_amount": Decimal(16_000), "due_on": date(2027, 6, 30)}
        update_goal(goal_id=goal.id, changes=changes)
    page = alice.browser().get(reverse("audit_log"), {"about": "goals"}).content.decode()
    newest = page.partition('<ul class="rows"')[2].partition("<details>")[0]
    assert f'<a href="{reverse("goal", args=[goal.id])}"><bdi>Buy a &lt;second&gt; van</bdi></a>' in newest
    words = " ".join(re.sub(r"<[^>]+>", "", newest).split())
    assert words.endswith("due day none → 30 Jun 2027, target $12,000.00 → $16,000.00")
    assert "api_key" not in page and "hold.placed" not in page


def test_ids_of_others_name_nothing(alice: Person, mallory: Person) -> None:
    theirs = make_goal(mallory, title="Take over the world")
    with alice.acting():
        assert titles_of({theirs.id, UUID(int=1)}) == {}
