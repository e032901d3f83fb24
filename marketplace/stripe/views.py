"""The address Stripe sends events to."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from marketplace.stripe import gateway, inbox, tasks
from saas.kernel.errors import DomainError
from saas.web.errors import problem_response
from saas.web.limits import client_address, enforce

BODY_BYTES_MAX = 256 * 1024
REQUESTS_PER_MINUTE = 1200


class TooLarge(DomainError):
    """No event of Stripe is as large."""

    code, status, title = "webhook_too_large", 413, "Too large"


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Verify and save an event and answer 200; a job handles it. Requests that are not from Stripe change nothing."""
    try:
        enforce(group="stripe", key=client_address(request), per_minute=REQUESTS_PER_MINUTE)
        event = gateway.verified_event(body=_body(request), signature=request.headers.get("Stripe-Signature", ""))
    except DomainError as refusal:
        return problem_response(request, refusal)
    stored = inbox.receive(event)
    if stored is not None:
        tasks.wake(stored.id)
    return JsonResponse({"received": True, "duplicate": stored is None})


def _body(request: HttpRequest) -> bytes:
    """Return the raw bytes that were signed, never more than an event can have."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES_MAX:
        raise TooLarge(f"At most {BODY_BYTES_MAX} bytes are taken here.")
    return request.body
