"""The page that compares the plans."""

from email.utils import parseaddr

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from plans.queries import current_book, entitlements

FEATURES = (
    ("goals", "Goals with progress"),
    ("reports", "Reports"),
    ("sync", "Sync and offline work"),
    ("api", "REST API"),
    ("quest", "Quests"),
    ("lead_list", "Lead lists"),
    ("revenue_forecast", "Revenue forecast"),
    ("packs", "Token packs"),
    ("metering", "Metering of your own AI"),
    ("webhooks", "Outgoing webhooks"),
    ("departments", "Departments and quotas"),
    ("overage", "Overage billing"),
    ("custom_allocation", "Custom allocation"),
    ("audit_export", "Audit export with proof"),
)
"""What the comparison says of each feature, those that every plan has first."""

PRICED = {"quest": "A quest", "lead_list": "A lead list", "revenue_forecast": "A revenue forecast"}
"""What the price list calls the AI operations."""


@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Compare the plans of the price book, the organization's own marked; visitors see what things cost."""
    caller = request.caller  # type: ignore[attr-defined]
    entitled = entitlements(caller.organization_id).fetch() if caller else None
    book = entitled.book if entitled else current_book()
    plans = sorted(book.plans.values(), key=lambda plan: plan.rank)
    context = {
        "entitled": entitled,
        "prices": [(PRICED[key], tokens) for key, tokens in book.operation_prices.items() if key in PRICED],
        "packs": list(book.packs.values()),
        "plans": plans,
        "members": [plan.limits["members"] for plan in plans],
        "features": [(words, [key in plan.features for plan in plans]) for key, words in FEATURES],
        "contact": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    }
    return render(request, "plans/plans.html", context)
