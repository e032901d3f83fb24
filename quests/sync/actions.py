"""Apply changes pushed by clients, once each, or save them as conflicts.

Note [A pushed change and its answer]
    Lock, look for the change's earlier answer, compare its base with the record, write, store the answer: one
    commit each. So half a bad batch does not undo the good half, and a batch sent again goes on where it broke.
    What is refused stores nothing: nothing happened, and it may be sent again when it is mended.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models.functions import Now

from audit.actions import record
from quests import actions
from quests.events import SyncConflicted, SyncResolved
from quests.models import Change, ConflictResolution, PushedChange, RecordType, SyncConflict
from quests.steps import actions as step_actions
from quests.sync.queries import find_conflict, record_of
from saas.accounts.lock import serialized
from saas.kernel.errors import Conflict, Invalid, NotFound
from saas.kernel.serialization import as_json

Result = dict[str, Any]


@dataclass(frozen=True)
class Pushed:
    """A client's change of one record.

    `data` is what was sent, None to delete; `fields` are its values. `base_version` is what was changed, 0 for
    a new record.
    """

    client_change_id: str
    type: str
    id: UUID
    base_version: int
    data: dict[str, Any] | None
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def hash(self) -> bytes:
        """Return the SHA-256 of what was sent."""
        sent = [self.type, str(self.id), self.base_version, self.data]
        return sha256(json.dumps(sent, sort_keys=True).encode("utf-8", "surrogatepass")).digest()

    def answer(self, status: str, **details: Any) -> Result:
        """Return the answer to the client."""
        named = {"client_change_id": self.client_change_id, "type": self.type, "id": str(self.id)}
        return {**named, "status": status, **details}


def push(*, change: Pushed, by: UUID) -> Result:
    """Apply a change, save it as a conflict, or refuse it; see Note [A pushed change and its answer]."""
    try:
        with serialized():
            earlier = PushedChange.objects.filter(client_change_id=change.client_change_id).first()
            if earlier is not None:
                return _again(earlier, change)
            result: Result = _as_stored(_apply(change, by))
            PushedChange.objects.create(
                client_change_id=change.client_change_id, request_hash=change.hash, result=result
            )
            return result
    except NotFound:
        return change.answer("not_found")
    except Invalid as refusal:
        return change.answer("invalid", errors=refusal.details["errors"])
    except IntegrityError as error:
        if "_pkey" not in str(error):
            raise
        return change.answer("not_found")  # another organization's id


def _again(earlier: PushedChange, change: Pushed) -> Result:
    if bytes(earlier.request_hash) != change.hash:
        raise Invalid("This was used for another change. Use a new one for each change.", field="client_change_id")
    return dict(earlier.result)


def _as_stored(value: Any) -> Any:
    """Return a value as JSON has it, so that it reads the same the first time and again."""
    return json.loads(as_json(value))


def _apply(change: Pushed, by: UUID) -> Result:
    current = Change.objects.filter(type=change.type, record_id=change.id).first()
    if current is None:
        _create(change, by)
    elif change.base_version > current.version:
        raise Invalid(f"The newest version here is {current.version}.", field="base_version")
    elif _contradicts(change, current):
        return _keep_both(change, current, by)
    else:
        _write(change, current, by)
    version = Change.objects.get(type=change.type, record_id=change.id).version
    return change.answer("applied", version=version)


def _contradicts(change: Pushed, current: Change) -> bool:
    """Return True if the record was edited after the client's base. Progress is no edit, unless the client sets it."""
    if current.removed is not None:
        return change.data is not None
    edited = current.version if "current_amount" in change.fields else current.edited_version
    return change.base_version < edited


def _keep_both(change: Pushed, current: Change, by: UUID) -> Result:
    theirs = _as_stored(record_of(current))
    conflict = SyncConflict.objects.create(
        type=change.type,
        record_id=change.id,
        client_change_id=change.client_change_id,
        base_version=change.base_version,
        mine=change.data,
        theirs=theirs,
        created_by_id=by,
    )
    record(SyncConflicted(conflict=conflict.id, type=change.type, record=change.id))
    return change.answer("conflict", conflict=conflict.id, server=theirs, yours=change.data)


def _create(change: Pushed, by: UUID) -> None:
    if change.base_version > 0 or change.data is None:
        raise NotFound("There is no such record.")
    match change.type:
        case RecordType.GOAL:
            actions.create_goal(goal_id=change.id, by=by, **change.fields)
        case RecordType.REVENUE_ENTRY:
            _record_revenue(change.id, by, **change.fields)
        case _:
            raise Invalid("Quests are made by AI. Only their steps can be ticked.", field="type")


def _record_revenue(entry_id: UUID, by: UUID, *, goal: UUID, **fields: Any) -> None:
    try:
        actions.record_revenue(entry_id=entry_id, goal_id=goal, by=by, **fields)
    except NotFound as error:
        raise Invalid("There is no such goal.", field="data/goal") from error


def _write(change: Pushed, current: Change, by: UUID) -> None:
    """Make the record what the client says, whatever it is now."""
    if change.data is None:
        _remove(change, current)
    elif current.removed is not None:
        _bring_back(change, current.removed, by)
    elif change.type == RecordType.GOAL:
        actions.update_goal(goal_id=change.id, changes=change.fields)
    elif change.type == RecordType.QUEST:
        step_actions.update_quest(quest_id=change.id, changes=change.fields)
    else:
        actions.update_revenue(entry_id=change.id, changes=change.fields)


def _remove(change: Pushed, current: Change) -> None:
    if change.type == RecordType.QUEST:
        raise Invalid("Quests stay. Archive their goal instead.", field="deleted")
    if change.type == RecordType.GOAL:
        actions.archive_goal(goal_id=change.id)
    elif current.removed is None:
        actions.remove_revenue(entry_id=change.id)


def _bring_back(change: Pushed, removed: dict[str, Any], by: UUID) -> None:
    """Record a removed revenue entry again, as it was last but for the client's edit."""
    values = {
        "amount": removed["amount"],
        "received_on": date.fromisoformat(removed["received_on"]),
        "note": removed["note"],
        **change.fields,
    }
    actions.record_revenue(entry_id=change.id, goal_id=UUID(removed["goal_id"]), by=by, **values)


def resolve(*, conflict_id: UUID, keep: str, fields: dict[str, Any], by: UUID) -> SyncConflict:
    """End a conflict by keeping the pushed edit (`fields` are its values) or what is here.

    The same choice again changes nothing. Raises NotFound, Conflict for another choice, Invalid.
    """
    with serialized():
        conflict = find_conflict(conflict_id)
        if conflict.kept not in ("", keep):
            raise Conflict(f"This was decided already: {conflict.kept} was kept.")
        if not conflict.kept:
            _decide(conflict, keep, fields, by)
            record(SyncResolved(conflict=conflict_id, record=conflict.record_id, kept=keep))
    return find_conflict(conflict_id)


def _decide(conflict: SyncConflict, keep: str, fields: dict[str, Any], by: UUID) -> None:
    if keep == ConflictResolution.MINE:
        current = Change.objects.get(type=conflict.type, record_id=conflict.record_id)
        mine = Pushed(
            conflict.client_change_id, conflict.type, conflict.record_id, current.version, conflict.mine, fields
        )
        _write(mine, current, by)
    SyncConflict.objects.filter(id=conflict.id).update(kept=keep, resolved_by_id=by, resolved_at=Now())
