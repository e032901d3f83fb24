"""Write the steps of a quest: edit, add, drop, and unassign who is gone."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from quests.actions import find_quest, mark_step, mark_steps, save_steps, step_id_at, update_steps
from quests.events import QuestStepAdded, QuestStepDropped, QuestStepEdited
from quests.models import Quest
from saas.accounts.lock import serialized
from saas.accounts.models import Membership
from saas.kernel.errors import Invalid, NotFound

STEPS_MAX = 50
"""How many steps a quest can have."""


def update_quest(*, quest_id: UUID, changes: dict[str, Any]) -> Quest:
    """Change steps as a client says it: fields of one `step`, by its place (from 0), or `done` of all `steps`.

    Steps that are sent with their `id` are found by it, others by their places. Raises NotFound, Invalid, Conflict.
    """
    if (sent := changes.get("steps")) is not None:
        if sent and all("id" in step for step in sent):
            return mark_steps(quest_id=quest_id, done={step["id"]: step["done"] for step in sent})
        return update_steps(quest_id=quest_id, done=[step["done"] for step in sent])
    place, fields = changes["step"], {name: value for name, value in changes.items() if name != "step"}
    if fields.keys() == {"done"}:
        return mark_step(quest_id=quest_id, step=place, done=fields["done"])
    with serialized():
        return edit_step(quest_id=quest_id, step_id=step_id_at(find_quest(quest_id), place), changes=fields)


def edit_step(*, quest_id: UUID, step_id: int, changes: dict[str, Any]) -> Quest:
    """Change fields of a step: title, amount, due_on, note, assignee (a member's user id, or None) or done.

    Raises NotFound, Invalid for an assignee who is no member, and Conflict.
    """
    if changes.get("assignee") is not None:
        require_member(changes["assignee"])
    with serialized():
        quest = find_quest(quest_id)
        steps = quest.numbered_steps
        step = next((each for each in steps if each["id"] == step_id), None)
        if step is None:
            raise no_step()
        step |= _as_stored(changes)
        save_steps(quest, steps, QuestStepEdited(quest=quest_id, step=step_id, changed=sorted(changes)))
    return quest


def add_step(*, quest_id: UUID, title: str, amount: Decimal, due_on: date) -> Quest:
    """Add a step behind the others. Raises NotFound, Invalid where there are STEPS_MAX, Conflict."""
    with serialized():
        quest = find_quest(quest_id)
        steps = quest.numbered_steps
        if len(steps) >= STEPS_MAX:
            raise Invalid(f"A quest has at most {STEPS_MAX} steps.", field="title")
        step_id = max((step["id"] for step in steps), default=-1) + 1
        new = _as_stored({"title": title, "amount": amount, "due_on": due_on, "done": False})
        save_steps(quest, [*steps, {"id": step_id, **new}], QuestStepAdded(quest=quest_id, step=step_id))
    return quest


def drop_step(*, quest_id: UUID, step_id: int) -> Quest:
    """Take a step out. Raises NotFound, Invalid for the last one, Conflict."""
    with serialized():
        quest = find_quest(quest_id)
        steps = quest.numbered_steps
        left = [step for step in steps if step["id"] != step_id]
        if len(left) == len(steps):
            raise no_step()
        if not left:
            raise Invalid("A quest keeps at least one step. Edit this one instead.", field="step")
        save_steps(quest, left, QuestStepDropped(quest=quest_id, step=step_id))
    return quest


def unassign(*, user_id: UUID) -> int:
    """Take every step from somebody who leaves for good; return of how many quests."""
    person = str(user_id)
    with serialized():
        found = list(Quest.objects.filter(steps__contains=[{"assignee": person}]))
        for quest in found:
            steps = quest.numbered_steps
            theirs = [step for step in steps if step.get("assignee") == person]
            for step in theirs:
                step["assignee"] = None
            save_steps(quest, steps, QuestStepEdited(quest=quest.pk, step=theirs[0]["id"], changed=["assignee"]))
    return len(found)


def require_member(user_id: UUID) -> None:
    """Raise Invalid unless the person is a member of the organization acted for."""
    if not Membership.objects.filter(user_id=user_id).exists():
        raise Invalid("This is no member of your team.", field="assignee")


def no_step() -> NotFound:
    """Return the refusal for a step that is not there (any more)."""
    return NotFound("There is no such step.")


def _as_stored(changes: dict[str, Any]) -> dict[str, Any]:
    """Return fields of a step as JSON has them: amounts and days as strings."""
    stored = dict(changes)
    if "amount" in changes:
        stored["amount"] = f"{changes['amount']:.2f}"
    if "due_on" in changes:
        stored["due_on"] = changes["due_on"].isoformat()
    if changes.get("assignee") is not None:
        stored["assignee"] = str(changes["assignee"])
    return stored
