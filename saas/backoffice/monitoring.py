"""GET /metrics: open to this machine, and to others with METRICS_TOKEN."""

import hmac
import logging
from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from saas.backoffice import metrics
from saas.kernel.errors import NotFound
from saas.kernel.transactions import reconnect

logger = logging.getLogger(__name__)

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
"""What a proxy adds: behind one everybody seems to ask from loopback."""


@require_GET
def scrape(request: HttpRequest) -> HttpResponse:
    """Return the metrics, 503 in plain text without a database, or 404 for callers without the token."""
    if not (_knows_token(request) or _from_loopback(request)):
        raise NotFound("There is nothing here. Check the address.")
    try:
        return HttpResponse(metrics.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    except (DatabaseError, InterfaceError):
        logger.warning("the database did not answer a scrape", exc_info=True)
        reconnect()
    text = "The database does not answer, or a table is locked.\n"
    return HttpResponse(text, status=503, content_type="text/plain", headers={"Retry-After": "5"})


def _knows_token(request: HttpRequest) -> bool:
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.META.get("HTTP_AUTHORIZATION", "")
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given.encode(), expected.encode())


def _from_loopback(request: HttpRequest) -> bool:
    if any(name in request.META for name in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
