"""REST resources of sync."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from licensing.queries import license_status
from quests import models
from quests.sync import actions, presentation, queries
from quests.sync import serializers as s
from saas.accounts.callers import Caller
from saas.kernel.errors import Conflict as Contradiction
from saas.kernel.errors import Invalid
from saas.web.api.cursors import cursor_of, from_nowhere, page, sequence_number
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource
from saas.web.idempotency import Answer


class SyncResource(Resource):
    """Changes of goals, quests and revenue entries."""

    scopes: ClassVar = {"GET": "read", "POST": "goals:write"}

    @documented("Pull changes", gives=s.PullShape, parameters=s.PullParameters, refusals=(402, 409))
    def get(self, request: Request) -> Response:
        """Return what changed after the cursor, in the order of the changes; everything without a cursor."""
        parameters = self.parameters(s.PullParameters)
        _require_holder(self.caller, parameters)
        license_status().require("sync")
        found = queries.changes_after(_number(parameters.get("cursor")), limit=parameters["limit"])
        return Response({"changes": found.changes, "next_cursor": cursor_of(found.number), "has_more": found.has_more})

    @documented("Push changes", takes=s.PushRequest, gives=s.PushShape, refusals=(402, 409))
    def post(self, request: Request) -> Response:
        """Apply each change by itself, in order: applied, kept as a conflict, or refused with its reason.

        Sent again with its `client_change_id`, a change is answered as before and not applied again.
        """
        body = self.body(s.PushBody)
        _require_holder(self.caller, body)
        license_status().require("sync")

        def push() -> Answer:
            return Answer(200, {"results": [_push(item, self.caller.user_id) for item in body["changes"]]})

        return self.once_when_done(push)


class SyncConflictsResource(Resource):
    """Edits of the same version, both kept until somebody chooses."""

    scopes: ClassVar = {"GET": "read"}

    @documented("List conflicts", gives=page_of(s.ConflictShape), parameters=s.ConflictParameters)
    def get(self, request: Request) -> Response:
        """List conflicts, newest first."""
        parameters = self.parameters(s.ConflictParameters)
        found = queries.conflicts()
        if status := parameters.get("status"):
            found = found.filter(kept="") if status == "open" else found.exclude(kept="")
        answer = page(found, parameters, present=lambda conflict: conflict)
        return Response({**answer, "data": _present(answer["data"])})


class SyncConflictResource(Resource):
    """One conflict."""

    scopes: ClassVar = {"GET": "read"}

    @documented("Get a conflict", gives=s.ConflictShape, refusals=(404,))
    def get(self, request: Request, conflict_id: UUID) -> Response:
        """Return a conflict."""
        self.parameters()
        return Response(_present([queries.find_conflict(conflict_id)])[0])


class ResolveSyncConflictResource(Resource):
    """The end of a conflict."""

    scopes: ClassVar = {"POST": "goals:write"}

    @documented("Resolve a conflict", takes=s.ResolveBody, gives=s.ConflictShape, refusals=(404, 409))
    def post(self, request: Request, conflict_id: UUID) -> Response:
        """Keep `mine`, what was pushed, or `theirs`, what is here. The same choice again changes nothing."""
        keep = self.body(s.ResolveBody)["keep"]
        fields = s.fields_of(queries.find_conflict(conflict_id))

        def resolve() -> Answer:
            conflict = actions.resolve(conflict_id=conflict_id, keep=keep, fields=fields, by=self.caller.user_id)
            return Answer(200, _present([conflict])[0])

        return self.once(resolve)


def _present(conflicts: Sequence[models.SyncConflict]) -> list[dict[str, Any]]:
    now = queries.records_now(conflicts)
    return [presentation.conflict(each, now.get((each.type, each.record_id))) for each in conflicts]


def _push(item: Any, by: UUID) -> dict[str, Any]:
    try:
        change = s.pushed(item)
    except Invalid as refusal:
        sent = item if isinstance(item, dict) else {}
        named = {name: _word(sent.get(name)) for name in ("client_change_id", "type", "id")}
        return {**named, "status": "invalid", "errors": refusal.details["errors"]}
    return actions.push(change=change, by=by)


def _word(value: Any) -> str | None:
    """Return a short text by which the client knows its change again, None for anything else."""
    return value if isinstance(value, str) and len(value) <= 64 else None


def _number(cursor: str | None) -> int:
    """Return up to which number the client knows everything; raise Invalid for a cursor from elsewhere."""
    if cursor is None:
        return 0
    number = sequence_number(cursor)
    if number > queries.newest_number():
        raise from_nowhere()
    return number


def _require_holder(caller: Caller, given: dict[str, Any]) -> None:
    """Refuse where a copy is another person's or another organization's than this session."""
    if given.get("holder") not in (None, f"{caller.user_id}.{caller.organization_id}"):
        raise Contradiction("This copy belongs to another person or organization than the one that is logged in.")
