"""REST resources of metering: estimates, usage, and holds for an integrator's own AI."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from saas.accounts import queries as accounts
from saas.kernel.clock import database_now, midnight
from saas.kernel.errors import DomainError, Invalid
from saas.metering import decision, integrators
from saas.metering import serializers as s
from saas.metering.operations import OPERATIONS
from saas.web.api.cursors import page, whole
from saas.web.api.documentation import documented, page_of
from saas.web.api.fields import DayField
from saas.web.api.problems import wrong_parameter
from saas.web.api.resources import Resource, StrictSerializer, respond
from saas.web.idempotency import Answer
from tokens import presentation as ledger_presentation
from tokens import queries as ledger
from tokens.serializers import HoldParameters, HoldShape

USAGE_DAYS_DEFAULT, USAGE_DAYS_MAX = 30, 400


class EstimateResource(Resource):
    """What an operation would cost."""

    scopes: ClassVar = {"POST": "read"}

    @documented("Estimate an operation", takes=s.EstimateBody, gives=s.EstimateShape)
    def post(self, request: Request) -> Response:
        """Tell the price, and the refusal that would come; nothing is held or counted."""
        body = self.body(s.EstimateBody)
        operation, count = OPERATIONS[body["operation"]], body["count"]
        if count > operation.units_max:
            raise Invalid(f"At most {operation.units_max} at once.", field="count")
        known = decision.inputs(self.caller)
        refusal = _refusal(lambda: decision.check(operation, count, known))
        estimate = {
            **body,
            "tokens": known.cost(operation, count),
            "available": known.position.available,
            "allowed": refusal is None,
            "code": refusal.code if refusal else None,
            "detail": refusal.detail if refusal else None,
        }
        return self.once(lambda: Answer(200, estimate))


def _refusal(check: Any) -> DomainError | None:
    try:
        check()
    except DomainError as refusal:
        return refusal
    return None


class HoldsResource(Resource):
    """Holds, ours and integrators'."""

    scopes: ClassVar = {"GET": "read", "POST": "tokens:write"}

    @documented("List holds", gives=page_of(HoldShape), parameters=HoldParameters)
    def get(self, request: Request) -> Response:
        """List holds, newest first."""
        parameters = self.parameters(HoldParameters)
        holds = ledger.holds()
        if status := parameters.get("status"):
            holds = holds.filter(status=status)
        return Response(page(holds, parameters, present=ledger_presentation.hold))

    @documented(
        "Hold tokens",
        takes=s.HoldBody,
        gives=s.HoldAfterShape,
        status=201,
        idempotent=True,
        refusals=(402, 409, 503),
    )
    def post(self, request: Request) -> Response:
        """Reserve tokens for an AI call of your own; settle or release it within its time."""
        claim, body = self.claim(), self.body(s.HoldBody)
        answer = integrators.hold(caller=self.caller, tokens=body["amount"], purpose=body["purpose"], claim=claim)
        return respond(answer)


class SettleResource(Resource):
    """Settling a hold."""

    scopes: ClassVar = {"POST": "tokens:write"}

    @documented("Settle a hold", takes=s.SettleBody, gives=s.HoldAfterShape, idempotent=True, refusals=(404, 409))
    def post(self, request: Request, hold_id: UUID) -> Response:
        """Charge what was delivered, release the rest."""
        claim, body = self.claim(), self.body(s.SettleBody)
        answer = integrators.settle(caller=self.caller, transaction_id=hold_id, tokens=body["amount"], claim=claim)
        return respond(answer)


class ExtendResource(Resource):
    """Extending a hold."""

    scopes: ClassVar = {"POST": "tokens:write"}

    @documented("Extend a hold", takes=s.ExtendBody, gives=s.HoldAfterShape, idempotent=True, refusals=(404, 409))
    def post(self, request: Request, hold_id: UUID) -> Response:
        """Let the hold last so many seconds from now, up to an hour in all; it is never shortened."""
        claim, body = self.claim(), self.body(s.ExtendBody)
        return respond(integrators.extend(caller=self.caller, transaction_id=hold_id, claim=claim, **body))


class ReleaseResource(Resource):
    """Releasing a hold."""

    scopes: ClassVar = {"POST": "tokens:write"}

    @documented("Release a hold", gives=s.HoldAfterShape, idempotent=True, refusals=(404, 409))
    def post(self, request: Request, hold_id: UUID) -> Response:
        """Return everything the hold reserved."""
        claim = self.claim()
        self.body(StrictSerializer)
        return respond(integrators.release(caller=self.caller, transaction_id=hold_id, claim=claim))


class UsageParameters(StrictSerializer):
    """Which days, grouped by what. `from` is included, `to` too."""

    group_by = serializers.ChoiceField(choices=sorted(ledger.GROUPS), default="day")

    def get_fields(self) -> dict[str, Any]:
        """Add the parameters whose names Python reserves."""
        days = {name: DayField(required=False) for name in ("from", "to")}
        return {**super().get_fields(), **days}


class UsageRow(serializers.Serializer[object]):
    """Tokens spent in one group."""

    group = serializers.CharField(allow_null=True)
    tokens = serializers.IntegerField()
    operations = serializers.IntegerField()


class UsageShape(serializers.Serializer[object]):
    """Usage of a span of days."""

    group_by = serializers.CharField()
    data = UsageRow(many=True)  # type: ignore[assignment]
    next_cursor = serializers.CharField(allow_null=True)
    total = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        """Add the days whose names Python reserves."""
        return {**super().get_fields(), **{name: serializers.DateField() for name in ("from", "to")}}


class UsageResource(Resource):
    """Tokens spent."""

    scopes: ClassVar = {"GET": "read"}

    @documented("Get usage", gives=UsageShape, parameters=UsageParameters)
    def get(self, request: Request) -> Response:
        """Return tokens spent by day, feature, purpose, user or department; days of the organization's time zone.

        The feature of an integrator's own AI is `metering`; by `purpose` it has a group for each, and ours one, null.
        """
        parameters = self.parameters(UsageParameters)
        zone = ZoneInfo(accounts.organization(self.caller.organization_id).timezone)
        last = parameters.get("to") or database_now().astimezone(zone).date()
        first = parameters.get("from") or last - timedelta(days=USAGE_DAYS_DEFAULT - 1)
        if not 0 <= (last - first).days < USAGE_DAYS_MAX:
            raise wrong_parameter("from", f"Ask for 1 to {USAGE_DAYS_MAX} days, `from` before `to`.")
        group_by = parameters["group_by"]
        rows = ledger.usage(
            group_by=group_by,
            since=midnight(first, zone),
            until=midnight(last + timedelta(days=1), zone),
            timezone=zone.key,
        )
        data = [{"group": row.group, "tokens": row.tokens, "operations": row.operations} for row in rows]
        span = {"group_by": group_by, "from": first, "to": last}
        return Response({**span, **whole(data), "total": sum(row.tokens for row in rows)})
