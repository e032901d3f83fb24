"""REST resources of the audit log: the list, files of it, and its proof."""

from typing import ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from audit import openings, proof
from audit import presentation as audit_presentation
from audit import queries as audit
from audit import serializers as s
from plans.queries import entitlements
from saas.kernel.errors import NotFound
from saas.reports.http import WRITERS, audit_answer
from saas.web.api.cursors import cursor_of, page, sequence_number
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource


class AuditEventsResource(Resource):
    """Everything that happened, for owners and admins."""

    scopes: ClassVar = {"GET": "organization:write"}

    @documented("List audit events", gives=page_of(s.EventShape), parameters=s.EventParameters)
    def get(self, request: Request) -> Response:
        """List events, newest first, by kind, actor (a user's id) and time.

        The header History-Begins says from when on, where older ones are archived.
        """
        parameters = self.parameters(s.EventParameters)
        self.caller.require_manager()
        return Response(
            page(
                audit.found_by(parameters),
                parameters,
                present=audit_presentation.event,
                key="seq",
                parse=sequence_number,
            ),
            headers=openings.log_headers(),
        )


class AuditEventsFileResource(Resource):
    """The whole audit log, for owners and admins."""

    scopes: ClassVar = {"GET": "organization:write"}

    @documented(
        "Get the audit log as a file",
        gives=None,
        files=("text/csv", "application/x-ndjson"),
        parameters=s.EventFilters,
        refusals=(404,),
    )
    def get(self, request: Request, form: str) -> HttpResponseBase:
        """Return every event as csv or ndjson, oldest first, by kind, actor and time. The proof is another resource."""
        if form not in WRITERS:
            raise NotFound("The audit log comes as csv or ndjson.")
        parameters = self.parameters(s.EventFilters)
        self.caller.require_manager()
        return audit_answer(audit.found_by(parameters), self.caller.organization_id, form)


class AuditProofResource(Resource):
    """The chain as a stranger can check it (Enterprise)."""

    scopes: ClassVar = {"GET": "organization:write"}

    @documented("Prove the audit log", gives=s.ProofShape, parameters=s.ProofParameters)
    def get(self, request: Request) -> Response:
        """List events from the first on, with the texts that were hashed, and the newest signed checkpoint.

        Where older events are archived, from the signed opening on.
        """
        parameters = self.parameters(s.ProofParameters)
        self.caller.require_manager()
        organization_id = self.caller.organization_id
        entitlements(organization_id).fetch().require("audit_export")
        after = sequence_number(parameters["cursor"]) if "cursor" in parameters else 0
        events = audit.exported(after=after, limit=parameters["limit"])
        more = len(events) == parameters["limit"]
        return Response(
            {
                "data": [{"seq": seq, "event": text, "hash": value} for seq, text, value in events],
                "next_cursor": cursor_of(events[-1][0]) if more else None,
                "opening": openings.signed(organization_id),
                "checkpoint": proof.checkpoint(organization_id),
            }
        )
