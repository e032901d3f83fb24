"""A person's notifications over REST."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from saas.notifications import presentation, queries
from saas.notifications import serializers as s
from saas.web.api.cursors import page
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource


class NotificationsResource(Resource):
    """The notifications of the person behind the key."""

    scopes: ClassVar = {"GET": "read"}

    @documented("List notifications", gives=page_of(s.NotificationShape), parameters=s.NotificationParameters)
    def get(self, request: Request) -> Response:
        """List the notifications of the key's maker, newest first."""
        parameters = self.parameters(s.NotificationParameters)
        notifications = queries.notifications(self.caller.user_id)
        if "read" in parameters:
            notifications = notifications.filter(read_at__isnull=parameters["read"] == "false")
        return Response(page(notifications, parameters, present=presentation.notification))
