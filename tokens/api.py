"""REST resources of the ledger: all reads."""

from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from audit import openings
from saas.kernel.clock import database_now
from saas.kernel.errors import NotFound
from saas.web.api.cursors import page, sequence_number
from saas.web.api.documentation import documented, page_of
from saas.web.api.problems import wrong_parameter
from saas.web.api.resources import Resource
from tokens import listing, presentation, queries
from tokens import serializers as s


class BalanceResource(Resource):
    """What can be spent."""

    scopes: ClassVar = {"GET": "read"}

    @documented("Get the balance", gives=s.BalanceShape, parameters=s.BalanceParameters)
    def get(self, request: Request) -> Response:
        """Return what is available, held and owed, and the buckets in burn order; with `at`, what was available."""
        at = self.parameters(s.BalanceParameters).get("at")
        if at is None:
            balance = queries.balance()
            return Response(presentation.balance(balance, queries.burn_forecast(balance)))
        nothing = dict.fromkeys(("held", "debt", "frozen", "resets_at", "runs_out"))
        if at > database_now():
            raise wrong_parameter("at", "Choose an instant that is over: nobody knows what will be spent.")
        if (available := listing.balance_at(at)) is None:
            raise wrong_parameter("at", "The ledger of that time was moved to the archive. Ask support for it.")
        return Response({"available": available, **nothing, "buckets": []})


class LedgerResource(Resource):
    """The lines of the ledger."""

    scopes: ClassVar = {"GET": "read"}

    @documented("List ledger entries", gives=page_of(s.EntryShape), parameters=s.EntryParameters)
    def get(self, request: Request) -> Response:
        """List ledger entries, newest first.

        The header History-Begins says from when on, where older ones are archived.
        """
        parameters = self.parameters(s.EntryParameters)
        wanted = {name: parameters[name] for name in ("kind", "transaction_id") if name in parameters}
        entries = queries.entries().filter(**wanted)
        found = page(entries, parameters, present=presentation.entry, key="seq", parse=sequence_number)
        return Response(found, headers=openings.ledger_headers())


class HoldResource(Resource):
    """One hold."""

    scopes: ClassVar = {"GET": "read"}

    @documented("Get a hold", gives=s.HoldShape, refusals=(404,))
    def get(self, request: Request, hold_id: UUID) -> Response:
        """Return a hold."""
        self.parameters()
        hold = queries.hold(hold_id)
        if hold is None:
            raise NotFound("There is no such hold.")
        return Response(presentation.hold(hold))
