"""REST resource of overage."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.overage import agreements, presentation, queries
from marketplace.overage import serializers as s
from marketplace.resources import MoneyResource
from saas.web.api.documentation import documented


class OverageResource(MoneyResource):
    """Tokens beyond all others, billed as they are used, up to a hard cap."""

    scopes: ClassVar = {"GET": "read", "PUT": "billing:write"}
    fresh_login_methods = ("PUT",)

    @documented("Get overage", gives=s.OverageShape)
    def get(self, request: Request) -> Response:
        """Return the cap, the price of a token, and what was used in this billing period."""
        self.parameters()
        return Response(presentation.overage(queries.overage()))

    @documented("Set overage", takes=s.OverageBody, gives=s.OverageShape, refusals=(402, 409, 503))
    def put(self, request: Request) -> Response:
        """Turn overage on, change its cap, or turn it off. Sent again, it changes nothing. Owners only."""
        data = self.body(s.OverageBody)
        if data["enabled"]:
            agreements.agree_overage(caller=self.caller, monthly_cap=data["monthly_cap"])
        else:
            agreements.end_overage(caller=self.caller)
        return Response(presentation.overage(queries.overage()))
