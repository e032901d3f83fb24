"""REST resources of outgoing webhooks: endpoints, their tests, logs, redelivery and secrets."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from saas.web.api.cursors import PageParameters, page
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource
from saas.web.idempotency import Answer
from saas.webhooks import actions, delivery, presentation, queries
from saas.webhooks import serializers as s
from saas.webhooks.models import DisabledReason
from saas.webhooks.pace import limit_tests


class WebhookResource(Resource):
    """For owners and admins, where the plan has webhooks."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check role and plan before the method runs."""
        super().initial(request, *args, **kwargs)
        self.caller.require_manager()
        actions.require_webhooks()


class WebhookEndpointsResource(WebhookResource):
    """Addresses that get events."""

    scopes: ClassVar = {"GET": "read", "POST": "webhooks:write"}

    @documented("List webhook endpoints", gives=page_of(s.EndpointShape), parameters=PageParameters)
    def get(self, request: Request) -> Response:
        """List endpoints, newest first."""
        return Response(page(queries.endpoints(), self.parameters(PageParameters), present=presentation.endpoint))

    @documented("Add a webhook endpoint", takes=s.EndpointBody, gives=s.NewEndpointShape, status=201, refusals=(409,))
    def post(self, request: Request) -> Response:
        """Add an endpoint; its secret is in this answer only. It gets what happens from now on."""
        body = self.body(s.EndpointBody)

        def create() -> Answer:
            made = actions.create_endpoint(url=body["url"], kinds=body["events"], description=body["description"])
            return Answer(201, presentation.new_endpoint(made), has_secret=True)

        return self.once(create)


class WebhookEndpointResource(WebhookResource):
    """One endpoint."""

    scopes: ClassVar = {"GET": "read", "PATCH": "webhooks:write", "DELETE": "webhooks:write"}

    @documented("Get a webhook endpoint", gives=s.EndpointShape, refusals=(404,))
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """Return an endpoint."""
        self.parameters()
        return Response(presentation.endpoint(queries.endpoint(endpoint_id)))

    @documented("Change a webhook endpoint", takes=s.EndpointChanges, gives=s.EndpointShape, refusals=(404, 409))
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        """Change URL, events or description; switch it on or off."""
        changes = self.body(s.EndpointChanges)
        enabled = changes.pop("enabled", None)
        if changes:
            actions.change_endpoint(endpoint_id=endpoint_id, **changes)
        if enabled is True:
            actions.switch_on(endpoint_id=endpoint_id)
        if enabled is False:
            actions.switch_off(endpoint_id=endpoint_id, because=DisabledReason.ASKED)
        return Response(presentation.endpoint(queries.endpoint(endpoint_id)))

    @documented("Remove a webhook endpoint", gives=None, status=204, refusals=(404,))
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        """Remove an endpoint with its log."""
        self.parameters()
        actions.remove_endpoint(endpoint_id=endpoint_id)
        return Response(status=204)


class WebhookTestResource(WebhookResource):
    """A test message."""

    scopes: ClassVar = {"POST": "webhooks:write"}

    @documented("Send a test", gives=s.DeliveryShape, refusals=(404,))
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Send a message of type `test` now, once, and return what was answered; 10 a minute."""
        self.parameters()

        def test() -> Answer:
            limit_tests(self.caller.organization_id)
            return Answer(200, presentation.delivery(delivery.test(endpoint_id=endpoint_id)))

        return self.once_when_done(test)


class WebhookDeliveriesResource(WebhookResource):
    """What was sent to an endpoint, and what it answered."""

    scopes: ClassVar = {"GET": "read"}

    @documented("List deliveries", gives=page_of(s.DeliveryShape), parameters=s.DeliveryParameters, refusals=(404,))
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """List deliveries of the last 30 days, newest first."""
        parameters = self.parameters(s.DeliveryParameters)
        queries.endpoint(endpoint_id)
        only = {"status": parameters["status"]} if "status" in parameters else {}
        return Response(page(queries.deliveries(endpoint_id, **only), parameters, present=presentation.delivery))


class WebhookRedeliveryResource(WebhookResource):
    """Sending again."""

    scopes: ClassVar = {"POST": "webhooks:write"}

    @documented("Send again", takes=s.RedeliveryBody, gives=s.RedeliveryShape, status=202, refusals=(404, 409))
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Send one delivery again, or everything since an instant, under the same message ids."""
        wanted = self.body(s.RedeliveryBody)

        def redeliver() -> Answer:
            if "since" in wanted:
                count = actions.redeliver_since(endpoint_id=endpoint_id, since=wanted["since"])
            else:
                count = actions.redeliver(endpoint_id=endpoint_id, delivery_id=wanted["delivery"])
            return Answer(202, {"redelivered": count})

        return self.once(redeliver)


class WebhookSecretResource(WebhookResource):
    """What signs an endpoint's messages."""

    scopes: ClassVar = {"POST": "webhooks:write"}

    @documented("Rotate the secret", takes=s.SecretRotationBody, gives=s.NewSecretShape, refusals=(404, 409))
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Make a new secret, shown in this answer only; the old one signs beside it for a while."""
        overlap = self.body(s.SecretRotationBody)["overlap_hours"]

        def rotate() -> Answer:
            new = actions.rotate_secret(endpoint_id=endpoint_id, overlap_hours=overlap)
            return Answer(200, presentation.new_secret(new), has_secret=True)

        return self.once(rotate)
