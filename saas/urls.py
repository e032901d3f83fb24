"""Every address of Milepost."""

from allauth.usersessions.views import list_usersessions
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView as ApiDocs

from licensing import api as licensing
from marketplace import views as billing
from marketplace.gifts import api as gifts
from marketplace.gifts import views as gift_pages
from marketplace.overage import api as overage
from marketplace.packs import api as purchases
from marketplace.packs import views as packs
from marketplace.payments import api as invoices
from marketplace.payments import views as invoice_pages
from marketplace.stripe import views as stripe
from marketplace.subscriptions import api as subscriptions
from marketplace.subscriptions import views as subscription_pages
from plans import api as plans
from plans import views as plan_pages
from quests import api as quests
from quests import views as quest_pages
from quests.calendar import views as calendar_pages
from quests.leads import views as lead_pages
from quests.steps import views as step_pages
from quests.sync import api as sync
from quests.sync import views as sync_pages
from saas.backoffice import monitoring
from saas.backoffice import views as business
from saas.closing import own_views as own
from saas.closing import views as closing
from saas.metering import api as metering
from saas.metering import views as metering_pages
from saas.notifications import api as notifications
from saas.notifications import views as notification_pages
from saas.reports import api as reports
from saas.reports import views as report_pages
from saas.reports.audit_log import api as audit_log
from saas.reports.audit_log import views as audit_log_pages
from saas.reports.ledger import views as ledger_pages
from saas.shell import views as shell_pages
from saas.team import api as team
from saas.team import views as team_pages
from saas.web import health
from saas.web.api.description import Description
from saas.web.middleware import runs_ai
from saas.web.pages import for_fresh_login
from saas.webhooks import api as webhooks
from saas.webhooks import views as webhook_pages
from tokens import api as tokens

api = [
    path("account", licensing.AccountResource.as_view()),
    path("license", licensing.LicenseResource.as_view()),
    path("members", team.MembersResource.as_view()),
    path("members/<uuid:membership_id>", team.MemberResource.as_view()),
    path("invitations", team.InvitationsResource.as_view()),
    path("invitations/<uuid:invitation_id>", team.InvitationResource.as_view()),
    path("departments", team.DepartmentsResource.as_view()),
    path("departments/<uuid:department_id>", team.DepartmentResource.as_view()),
    path("quotas", team.QuotasResource.as_view()),
    path("quotas/<uuid:quota_id>", team.QuotaResource.as_view()),
    path("token-requests", team.TokenRequestsResource.as_view()),
    path("token-requests/<uuid:request_id>", team.TokenRequestResource.as_view()),
    path("token-requests/<uuid:request_id>/approve", team.TokenRequestApprovalResource.as_view()),
    path("token-requests/<uuid:request_id>/decline", team.TokenRequestRefusalResource.as_view()),
    path("api-keys", team.ApiKeysResource.as_view()),
    path("api-keys/<uuid:key_id>", team.ApiKeyResource.as_view()),
    path("api-keys/<uuid:key_id>/rotate", team.ApiKeyRotationResource.as_view()),
    path("test/clock", team.TestClockResource.as_view()),
    path("test/tokens", team.TestTokensResource.as_view()),
    path("test/payment", team.TestPaymentResource.as_view()),
    path("notifications", notifications.NotificationsResource.as_view()),
    path("audit-events", audit_log.AuditEventsResource.as_view()),
    path("audit-events.<slug:form>", audit_log.AuditEventsFileResource.as_view()),
    path("audit-events/proof", audit_log.AuditProofResource.as_view()),
    path("goals", quests.GoalsResource.as_view()),
    path("goals/<uuid:goal_id>", quests.GoalResource.as_view()),
    path("revenue-entries", quests.RevenueEntriesResource.as_view()),
    path("revenue-entries/<uuid:entry_id>", quests.RevenueEntryResource.as_view()),
    path("quests", runs_ai(quests.QuestsResource.as_view())),
    path("quests/<uuid:quest_id>", quests.QuestResource.as_view()),
    path("lead-lists", runs_ai(quests.LeadListsResource.as_view())),
    path("lead-lists/<uuid:lead_list_id>", quests.LeadListResource.as_view()),
    path("sync", sync.SyncResource.as_view()),
    path("revenue-forecasts", runs_ai(quests.RevenueForecastsResource.as_view())),
    path("revenue-forecasts/<uuid:forecast_id>", quests.RevenueForecastResource.as_view()),
    path("sync/conflicts", sync.SyncConflictsResource.as_view()),
    path("sync/conflicts/<uuid:conflict_id>", sync.SyncConflictResource.as_view()),
    path("sync/conflicts/<uuid:conflict_id>/resolve", sync.ResolveSyncConflictResource.as_view()),
    path("tokens/balance", tokens.BalanceResource.as_view()),
    path("tokens/ledger", tokens.LedgerResource.as_view()),
    path("tokens/estimate", metering.EstimateResource.as_view()),
    path("tokens/holds", metering.HoldsResource.as_view()),
    path("tokens/holds/<uuid:hold_id>", tokens.HoldResource.as_view()),
    path("tokens/holds/<uuid:hold_id>/settle", metering.SettleResource.as_view()),
    path("tokens/holds/<uuid:hold_id>/extend", metering.ExtendResource.as_view()),
    path("tokens/holds/<uuid:hold_id>/release", metering.ReleaseResource.as_view()),
    path("usage", metering.UsageResource.as_view()),
    path("plans", plans.PlansResource.as_view()),
    path("packs", plans.PacksResource.as_view()),
    path("purchases", purchases.PurchasesResource.as_view()),
    path("purchases/<uuid:order_id>", purchases.PurchaseResource.as_view()),
    path("invoices", invoices.InvoicesResource.as_view()),
    path("reports/<slug:report>.<slug:form>", reports.ReportResource.as_view()),
    path("gifts", gifts.GiftsResource.as_view()),
    path("gifts/<uuid:gift_id>", gifts.GiftResource.as_view()),
    path("gifts/<uuid:gift_id>/accept", gifts.AcceptGiftResource.as_view()),
    path("gifts/<uuid:gift_id>/decline", gifts.DeclineGiftResource.as_view()),
    path("gifts/<uuid:gift_id>/withdraw", gifts.WithdrawGiftResource.as_view()),
    path("subscription/trial", plans.TrialResource.as_view()),
    path("subscription/preview", subscriptions.SubscriptionPreviewResource.as_view()),
    path("subscription/change", subscriptions.SubscriptionChangeResource.as_view()),
    path("subscription/pause", subscriptions.SubscriptionPauseResource.as_view()),
    path("subscription/resume", subscriptions.SubscriptionResumeResource.as_view()),
    path("subscription/cancel", subscriptions.SubscriptionCancelResource.as_view()),
    path("webhook-endpoints", webhooks.WebhookEndpointsResource.as_view()),
    path("webhook-endpoints/<uuid:endpoint_id>", webhooks.WebhookEndpointResource.as_view()),
    path("webhook-endpoints/<uuid:endpoint_id>/test", webhooks.WebhookTestResource.as_view()),
    path("webhook-endpoints/<uuid:endpoint_id>/deliveries", webhooks.WebhookDeliveriesResource.as_view()),
    path("webhook-endpoints/<uuid:endpoint_id>/redeliver", webhooks.WebhookRedeliveryResource.as_view()),
    path("webhook-endpoints/<uuid:endpoint_id>/rotate-secret", webhooks.WebhookSecretResource.as_view()),
    path("overage", overage.OverageResource.as_view()),
]

pages = [
    path("", quest_pages.home, name="home"),
    path("goals", quest_pages.goals, name="goals"),
    path("goals/new", quest_pages.new_goal, name="new_goal"),
    path("goals/<uuid:goal_id>", quest_pages.goal, name="goal"),
    path("goals/<uuid:goal_id>/edit", quest_pages.edit_goal, name="edit_goal"),
    path("goals/<uuid:goal_id>/archive", quest_pages.archive_goal, name="archive_goal"),
    path("goals/<uuid:goal_id>/restore", quest_pages.restore_goal, name="restore_goal"),
    path("goals/<uuid:goal_id>/revenue", quest_pages.revenue, name="revenue"),
    path("goals/<uuid:goal_id>/revenue/import", quest_pages.import_revenue, name="import_revenue"),
    path("revenue/<uuid:entry_id>", quest_pages.edit_revenue, name="edit_revenue"),
    path("revenue/<uuid:entry_id>/remove", quest_pages.remove_revenue, name="remove_revenue"),
    path("goals/<uuid:goal_id>/quests", runs_ai(quest_pages.generate_quests), name="generate_quests"),
    path("goals/<uuid:goal_id>/lead-list", runs_ai(quest_pages.generate_lead_list), name="generate_lead_list"),
    path(
        "goals/<uuid:goal_id>/quests/<uuid:key>/cancel",
        quest_pages.cancel_quests,
        name="cancel_quests",
    ),
    path(
        "goals/<uuid:goal_id>/lead-list/<uuid:key>/cancel",
        quest_pages.cancel_lead_list,
        name="cancel_lead_list",
    ),
    path("forecasts", quest_pages.forecasts, name="forecasts"),
    path("forecasts/generate", runs_ai(quest_pages.generate_forecast), name="generate_forecast"),
    path("forecasts/<uuid:key>/cancel", quest_pages.cancel_forecast, name="cancel_forecast"),
    path("forecasts/<uuid:forecast_id>", quest_pages.forecast, name="forecast"),
    path("quests", quest_pages.quests, name="quests"),
    path("quests/<uuid:quest_id>", quest_pages.quest, name="quest"),
    path("quests/<uuid:quest_id>/steps", quest_pages.mark_steps, name="mark_steps"),
    path("settings/calendar", calendar_pages.calendar_settings, name="calendar"),
    path("settings/calendar/make", calendar_pages.make_calendar, name="make_calendar"),
    path("settings/calendar/remove", calendar_pages.remove_calendar, name="remove_calendar"),
    path("calendar/<uuid:organization_id>/<str:secret>", calendar_pages.calendar_feed, name="calendar_feed"),
    path("quests/<uuid:quest_id>/rate", quest_pages.rate_quest, name="rate_quest"),
    path("quests/<uuid:quest_id>/archive", quest_pages.archive_quest, name="archive_quest"),
    path("quests/<uuid:quest_id>/restore", quest_pages.restore_quest, name="restore_quest"),
    path("quests/<uuid:quest_id>/steps/new", step_pages.new_step, name="new_step"),
    path("quests/<uuid:quest_id>/steps/<int:step_id>", step_pages.edit_step, name="edit_step"),
    path("quests/<uuid:quest_id>/steps/<int:step_id>/drop", step_pages.drop_step, name="drop_step"),
    path("offline", sync_pages.offline, name="offline"),
    path("conflicts", sync_pages.conflicts, name="conflicts"),
    path("conflicts/<uuid:conflict_id>/resolve", sync_pages.resolve_conflict, name="resolve_conflict"),
    path("lead-lists", quest_pages.lead_lists, name="lead_lists"),
    path("lead-lists/<uuid:lead_list_id>", quest_pages.lead_list, name="lead_list"),
    path("lead-lists/<uuid:lead_list_id>/leads/<int:lead>", lead_pages.update_lead, name="update_lead"),
    path("operations/<uuid:key>", metering_pages.operation_status, name="operation_status"),
    path("search", shell_pages.search, name="search"),
    path("usage", metering_pages.usage, name="usage"),
    path("ledger", ledger_pages.show_ledger, name="ledger"),
    path("receipts/<uuid:transaction_id>", quest_pages.receipt, name="receipt"),
    path("reports", report_pages.reports, name="reports"),
    path("reports/<slug:report>.<slug:form>", report_pages.report, name="report"),
    path("reports/files/<uuid:file_id>", report_pages.report_file, name="report_file"),
    path("reports/files/<uuid:file_id>/content", report_pages.report_content, name="report_content"),
    path("plans", plan_pages.compare, name="plans"),
    path("plans/change", subscription_pages.change_plan, name="change_plan"),
    path("trial", plan_pages.begin, name="begin_trial"),
    path("packs", packs.packs, name="packs"),
    path("purchases", packs.purchases, name="purchases"),
    path("purchases/<uuid:order_id>", packs.purchase, name="purchase"),
    path("gifts", gift_pages.gifts, name="gifts"),
    path("gifts/new", gift_pages.give, name="give"),
    path("gifts/<uuid:gift_id>", gift_pages.gift, name="gift"),
    path("gifts/<uuid:gift_id>/accept", gift_pages.accept_gift, name="accept_gift"),
    path("gifts/<uuid:gift_id>/decline", gift_pages.decline_gift, name="decline_gift"),
    path("gifts/<uuid:gift_id>/withdraw", gift_pages.withdraw_gift, name="withdraw_gift"),
    path("gifts/<str:secret>", gift_pages.opened_gift, name="opened_gift"),
    path("billing", billing.billing, name="billing"),
    path("billing/invoices/<uuid:invoice_id>.pdf", invoice_pages.invoice_pdf, name="invoice_pdf"),
    path("billing/portal", billing.billing_portal, name="billing_portal"),
    path("billing/fix", subscription_pages.fix_payment, name="fix_payment"),
    path("billing/keep", subscription_pages.keep_plan, name="keep_plan"),
    path("billing/pause", subscription_pages.pause_plan, name="pause_plan"),
    path("billing/resume", subscription_pages.resume_plan, name="resume_plan"),
    path("billing/top-up", billing.set_topup, name="set_topup"),
    path("billing/overage", billing.set_overage, name="set_overage"),
    path("team", team_pages.team, name="team"),
    path("team/invitations", team_pages.invite, name="invite"),
    path("team/invitations/<uuid:invitation_id>/revoke", team_pages.revoke_invitation, name="revoke_invitation"),
    path("team/members/<uuid:membership_id>", team_pages.change_member, name="change_member"),
    path("team/members/<uuid:membership_id>/remove", team_pages.remove_member, name="remove_member"),
    path("team/departments", team_pages.create_department, name="create_department"),
    path("team/departments/<uuid:department_id>", team_pages.change_department, name="change_department"),
    path("team/departments/<uuid:department_id>/remove", team_pages.remove_department, name="remove_department"),
    path("team/requests", team_pages.ask_for_tokens, name="ask_for_tokens"),
    path("team/requests/<uuid:request_id>", team_pages.answer_request, name="answer_request"),
    path("team/quota", team_pages.set_quota, name="set_quota"),
    path("invitations/<str:secret>", team_pages.invitation, name="invitation"),
    path("organizations/<uuid:organization_id>/switch", team_pages.switch_organization, name="switch_organization"),
    path("settings", team_pages.settings_page, name="settings"),
    path("notifications", notification_pages.notifications, name="notifications"),
    path("notifications/read", notification_pages.read_all_notifications, name="read_all_notifications"),
    path("notifications/choose", notification_pages.choose_notifications, name="choose_notifications"),
    path("notifications/<uuid:notification_id>", notification_pages.read_notification, name="read_notification"),
    path("settings/profile", team_pages.rename_person, name="rename_person"),
    path("settings/export", closing.export_data, name="export_data"),
    path("settings/second-factor", team_pages.require_second_factor, name="require_second_factor"),
    path("second-factor-required", team_pages.second_factor_required, name="second_factor_required"),
    path("settings/leave", team_pages.leave_organization, name="leave_organization"),
    path("settings/close", closing.close_organization, name="close_organization"),
    path("settings/you", own.own_page, name="own_data"),
    path("settings/you/export", own.export_own, name="export_own_data"),
    path("settings/you/keys/end", own.end_own_keys, name="end_own_keys"),
    path("settings/you/erase", own.erase_self, name="erase_self"),
    path("closed", closing.closed, name="closed"),
    path("closed/export", closing.export_closed, name="export_closed"),
    path("settings/audit-log", audit_log_pages.audit_log, name="audit_log"),
    path("settings/audit-log/export", audit_log_pages.export_audit_log, name="export_audit_log"),
    path("settings/api-keys", team_pages.api_keys, name="api_keys"),
    path("settings/api-keys/<uuid:key_id>/rotate", team_pages.rotate_api_key, name="rotate_api_key"),
    path("settings/api-keys/<uuid:key_id>/revoke", team_pages.revoke_api_key, name="revoke_api_key"),
    path("settings/webhooks", webhook_pages.webhooks, name="webhooks"),
    path("settings/webhooks/new", webhook_pages.new_webhook, name="new_webhook"),
    path("settings/webhooks/<uuid:endpoint_id>", webhook_pages.webhook, name="webhook"),
    path(
        "settings/webhooks/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>",
        webhook_pages.webhook_delivery,
        name="webhook_delivery",
    ),
    path("settings/webhooks/<uuid:endpoint_id>/change", webhook_pages.change_webhook, name="change_webhook"),
    path("settings/webhooks/<uuid:endpoint_id>/switch", webhook_pages.switch_webhook, name="switch_webhook"),
    path("settings/webhooks/<uuid:endpoint_id>/remove", webhook_pages.remove_webhook, name="remove_webhook"),
    path("settings/webhooks/<uuid:endpoint_id>/test", webhook_pages.test_webhook, name="test_webhook"),
    path("settings/webhooks/<uuid:endpoint_id>/secret", webhook_pages.rotate_webhook_secret, name="rotate_webhook"),
    path("settings/webhooks/<uuid:endpoint_id>/redeliver", webhook_pages.redeliver_webhook, name="redeliver_webhook"),
]

urlpatterns = [
    path("api/v1/", include(api)),  # first: patterns are tried in order, and a page's all lie before any after them
    path("", include(pages)),
    path("healthz", health.healthz),
    path("metrics", monitoring.scrape),
    path("service-worker.js", sync_pages.service_worker, name="service_worker"),
    path("manifest.webmanifest", sync_pages.manifest, name="manifest"),
    path("webhooks/stripe", stripe.stripe_webhook, name="stripe_webhook"),
    path("readyz", health.readyz),
    path("api/schema", Description.as_view(), name="schema"),
    path("api/docs", ApiDocs.as_view(url_name="schema", template_name="api/docs.html"), name="docs"),
    path("accounts/email/", team_pages.EmailAddresses.as_view(), name="account_email"),
    path("accounts/confirm-email/", team_pages.VerificationSent.as_view(), name="account_email_verification_sent"),
    path("accounts/sessions/", for_fresh_login(list_usersessions), name="usersessions_list"),
    path("accounts/", include("allauth.urls")),
    path("admin/business/", business.overview, name="business"),
    path("admin/business/packs/", business.packs, name="pack_analytics"),
    path("admin/business/ran-out/", business.exhaustion, name="exhaustion"),
    path("admin/business/simulator/", business.simulator, name="simulator"),
    path("admin/", admin.site.urls),
]

if settings.BILLING_MODE == "sandbox":
    urlpatterns.append(path("sandbox/", include("fake_stripe.urls")))

handler400 = "saas.web.errors.bad_request"
handler403 = "saas.web.errors.permission_denied"
handler404 = "saas.web.errors.not_found"
handler500 = "saas.web.errors.broken"
