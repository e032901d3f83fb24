"""REST resource of invoices."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.payments import presentation, queries
from marketplace.payments import serializers as s
from saas.web.api.cursors import PageParameters, page
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource


class InvoicesResource(Resource):
    """Every sale with its invoice: plans, packs, top-ups, gifts, overage."""

    scopes: ClassVar = {"GET": "read"}

    @documented("List invoices", gives=page_of(s.InvoiceShape), parameters=PageParameters)
    def get(self, request: Request) -> Response:
        """List invoices and receipts, newest first."""
        return Response(page(queries.invoices(), self.parameters(PageParameters), present=presentation.invoice))
