"""The plans side by side."""

from email.utils import parseaddr

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from plans.queries import entitlements
from saas.web.pages import caller_of, for_members

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


@for_members
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Compare the plans of the price book, the organization's own marked."""
    entitled = entitlements(caller_of(request).organization_id).ask()
    plans = sorted(entitled.book.plans.values(), key=lambda plan: plan.rank)
    context = {
        "entitled": entitled,
        "plans": plans,
        "members": [plan.limits["members"] for plan in plans],
        "features": [(words, [key in plan.features for plan in plans]) for key, words in FEATURES],
        "contact": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    }
    return render(request, "plans/plans.html", context)
