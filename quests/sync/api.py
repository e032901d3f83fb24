"""REST resources of sync."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from licensing.queries import standing
from quests.sync import queries
from quests.sync import serializers as s
from saas.accounts.callers import Caller
from saas.kernel.errors import Conflict
from saas.web.api.cursors import decode, encode, from_nowhere
from saas.web.api.documentation import documented
from saas.web.api.resources import Resource


class Sync(Resource):
    """Changes of goals, quests and revenue entries."""

    scopes: ClassVar = {"GET": "read"}

    @documented("Pull changes", gives=s.PullShape, parameters=s.PullParameters, refusals=(402, 409))
    def get(self, request: Request) -> Response:
        """Return what changed after the cursor, in the order of the changes; everything without a cursor."""
        parameters = self.parameters(s.PullParameters)
        _require_holder(self.caller, parameters)
        standing().require("sync")
        page = queries.changes_after(_number(self.caller, parameters.get("cursor")), limit=parameters["limit"])
        cursor = encode(f"{page.number}.{_mark(self.caller)}")
        return Response({"changes": page.changes, "next_cursor": cursor, "has_more": page.has_more})


def _number(caller: Caller, cursor: str | None) -> int:
    """Return up to which number the client knows everything; raise Invalid for a cursor from elsewhere."""
    if cursor is None:
        return 0
    number: int
    number, mark = decode(cursor, _parse)
    if mark != _mark(caller) or number > queries.newest_number():
        raise from_nowhere()
    return number


def _parse(text: str) -> tuple[int, str]:
    digits, mark = text.split(".")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("not a number")
    return int(digits), mark


def _mark(caller: Caller) -> str:
    """Return what tells an organization's cursors from another's."""
    return caller.organization_id.hex[-12:]


def _require_holder(caller: Caller, given: dict[str, Any]) -> None:
    """Raise Conflict where a copy is another person's or another organization's than this session."""
    if given.get("holder") not in (None, f"{caller.user_id}.{caller.organization_id}"):
        raise Conflict("This copy belongs to another person or organization than the one that is logged in.")
