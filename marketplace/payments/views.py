"""The page of an invoice."""

from contextlib import suppress
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from marketplace.pages import here
from marketplace.payments import queries
from marketplace.stripe import gateway
from saas.kernel.errors import NotFound
from saas.web.pages import for_members


@for_members
@require_GET
def invoice_pdf(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Lead to the invoice as PDF. Its link runs out, so Stripe is asked for the present one."""
    invoice = queries.invoice(invoice_id)
    url = invoice.pdf_url
    with suppress(gateway.PaymentsUnavailable, NotFound):
        url = gateway.invoice_pdf(invoice.invoice_id or "") or url
    if not url:
        raise NotFound("This invoice has no PDF yet. Try again in a minute.")
    return redirect(here(url))
