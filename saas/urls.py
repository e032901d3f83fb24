"""Every address of Milepost."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from quests import api as quests
from saas.metering import api as metering
from saas.team import api as team
from saas.web import health
from tokens import api as tokens

api = [
    path("account", team.Account.as_view()),
    path("license", team.License.as_view()),
    path("goals", quests.Goals.as_view()),
    path("goals/<uuid:goal_id>", quests.Goal.as_view()),
    path("revenue-entries", quests.RevenueEntries.as_view()),
    path("revenue-entries/<uuid:entry_id>", quests.RevenueEntry.as_view()),
    path("quests", quests.Quests.as_view()),
    path("quests/<uuid:quest_id>", quests.Quest.as_view()),
    path("lead-lists", quests.LeadLists.as_view()),
    path("lead-lists/<uuid:lead_list_id>", quests.LeadList.as_view()),
    path("tokens/balance", tokens.Balance.as_view()),
    path("tokens/ledger", tokens.Ledger.as_view()),
    path("tokens/estimate", metering.Estimate.as_view()),
    path("tokens/holds", metering.Holds.as_view()),
    path("tokens/holds/<uuid:hold_id>", tokens.Hold.as_view()),
    path("tokens/holds/<uuid:hold_id>/settle", metering.Settle.as_view()),
    path("tokens/holds/<uuid:hold_id>/release", metering.Release.as_view()),
    path("usage", metering.Usage.as_view()),
]

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/", include(api)),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "saas.web.errors.bad_request"
handler403 = "saas.web.errors.permission_denied"
handler404 = "saas.web.errors.not_found"
handler500 = "saas.web.errors.broken"
