"""REST resources of the subscription. See Note [Money under a key] in `marketplace.resources`."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.resources import MoneyResource
from marketplace.stripe import customers
from marketplace.subscriptions import changes, pausing, presentation
from marketplace.subscriptions import serializers as s
from saas.web import idempotency
from saas.web.api.documentation import documented
from saas.web.api.resources import StrictSerializer, respond
from saas.web.idempotency import Answer


class SubscriptionPreviewResource(MoneyResource):
    """A change of plan before it is made."""

    scopes: ClassVar = {"POST": "billing:write"}

    @documented("Preview a change of plan", takes=s.PlanBody, gives=s.PreviewShape, refusals=(503,))
    def post(self, request: Request) -> Response:
        """Say what a change costs and brings, and when. Changes nothing. Owners only."""
        plan_key = self.body(s.PlanBody)["plan"]
        return self.once_when_done(
            lambda: Answer(200, presentation.preview(changes.preview(caller=self.caller, plan_key=plan_key)))
        )


class SubscriptionChangeResource(MoneyResource):
    """A change of plan."""

    scopes: ClassVar = {"POST": "billing:write"}
    fresh_login_methods = ("POST",)

    @documented("Change the plan", takes=s.ChangeBody, gives=s.OutcomeShape, refusals=(402, 409, 503), idempotent=True)
    def post(self, request: Request) -> Response:
        """Change to a larger plan once it is paid, to a smaller one at the period's end. Owners only."""
        customers.require_payer(self.caller)
        claim, data = self.claim(), self.body(s.ChangeBody)

        def change() -> Answer:
            made = changes.change_plan(caller=self.caller, plan_key=data["plan"], at=data.get("at"))
            return Answer(200, presentation.outcome(made))

        return respond(idempotency.answer_when_done(claim=claim, user_id=self.caller.user_id, effect=change))


class SubscriptionPauseResource(MoneyResource):
    """A pause of the subscription."""

    scopes: ClassVar = {"POST": "billing:write"}

    @documented("Pause the subscription", gives=s.OutcomeShape, refusals=(400, 409, 415, 503))
    def post(self, request: Request) -> Response:
        """Pause the paid plan now: AI is off, nothing is charged, no tokens are granted or lost. Owners only."""
        self.body(StrictSerializer)
        return self.once_when_done(lambda: Answer(200, presentation.outcome(pausing.pause(caller=self.caller))))


class SubscriptionResumeResource(MoneyResource):
    """The end of a pause."""

    scopes: ClassVar = {"POST": "billing:write"}
    fresh_login_methods = ("POST",)

    @documented("Resume the subscription", gives=s.OutcomeShape, refusals=(400, 402, 409, 415, 503), idempotent=True)
    def post(self, request: Request) -> Response:
        """Go on in the month that is paid, else with a new one that is charged now. Owners only."""
        customers.require_payer(self.caller)
        claim, _ = self.claim(), self.body(StrictSerializer)

        def resume() -> Answer:
            return Answer(200, presentation.outcome(pausing.resume(caller=self.caller)))

        return respond(idempotency.answer_when_done(claim=claim, user_id=self.caller.user_id, effect=resume))


class SubscriptionCancelResource(MoneyResource):
    """The end of the subscription."""

    scopes: ClassVar = {"POST": "billing:write"}

    @documented("Cancel the subscription", takes=s.CancelBody, gives=s.OutcomeShape, refusals=(409, 503))
    def post(self, request: Request) -> Response:
        """Return to the free plan when the paid period ends; a paused plan ends at once. Owners only."""
        reason = self.body(s.CancelBody).get("reason", "")
        return self.once_when_done(
            lambda: Answer(200, presentation.outcome(changes.cancel(caller=self.caller, reason=reason)))
        )
