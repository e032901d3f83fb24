"""Staff's pages about the business. They run inside the staff site: in the system context, for staff only."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET

from marketplace.models import Payment
from marketplace.models.modes import BillingMode, present_mode
from plans import checking
from plans.margins import TARGET, TOKEN_COST
from plans.periods import months_after
from plans.price_book import read
from plans.queries import current_book
from saas.backoffice import business as figures
from saas.backoffice.earnings import earnings, measured_token_cost, month_of
from saas.backoffice.forms import DaysForm, MonthForm, SimulatorForm, VersionForm
from saas.backoffice.monthly import recorded_mrr
from saas.backoffice.simulation import simulate
from saas.kernel import replica
from saas.kernel.clock import database_now

PERMISSION = "plans.view_margincheck"
MONTHS = 6
MEASURED_DAYS = 30

View = Callable[[HttpRequest], HttpResponse]


def for_staff(view: View) -> View:
    """Show a page to those of the staff who may see margins, with figures of the replica where there is one."""

    @require_GET
    @wraps(view)
    def permitted(request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        with replica.reading():
            request.as_of = replica.as_of()  # type: ignore[attr-defined]  # before the figures are read
            return view(request)

    page: View = admin.site.admin_view(permitted)
    return page


def _page(request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
    # These pages have tabs of their own; the list of all tables beside them weighs more than their figures.
    site = {**admin.site.each_context(request), "is_nav_sidebar_enabled": False}
    shared = {**site, "title": title, "here": name, "mode": BillingMode(present_mode())}
    shared["as_of"] = request.as_of  # type: ignore[attr-defined]
    return TemplateResponse(request, f"admin/business/{name}.html", {**shared, **context})


@for_staff
def overview(request: HttpRequest) -> HttpResponse:
    """Show the business in a month: subscriptions, packs, tokens, AI cost, margin."""
    this_month = database_now().date().replace(day=1)
    form = MonthForm(request.GET or None)
    chosen: date = form.cleaned_data["month"] if form.is_valid() else this_month
    since, until = month_of(chosen)
    state = figures.business(since=since, until=until)
    before = recorded_mrr(months_after(since, -1).date())
    earned = earnings(since=since, until=until)
    return _page(
        request,
        "overview",
        "Business",
        month=since,
        previous=months_after(since, -1),
        following=until if until.date() <= _last_paid_month(this_month) else None,
        is_present=chosen.replace(day=1) == this_month,
        state=state,
        recorded=recorded_mrr(since.date()),
        revenue_churn=state.mrr_churned / before.mrr if before and before.mrr else None,
        earned=earned,
        packs_revenue=sum(pack.revenue for pack in earned.packs),
        plans_revenue=sum(plan.revenue for plan in earned.plans),
        target=TARGET,
        checks=[
            (check, checking.by_rule(check), checking.measured(check))
            for check in checking.saved_checks(mode=present_mode())[:12]
        ],
    )


def _last_paid_month(this_month: date) -> date:
    """Return the month of the newest payment: with sandbox payments an organization's clock may be months ahead."""
    newest: datetime | None = Payment.objects.aggregate(at=Max("paid_at"))["at"]
    return max(this_month, newest.date().replace(day=1)) if newest else this_month


@for_staff
def packs(request: HttpRequest) -> HttpResponse:
    """How packs sell, by month and pack."""
    month = database_now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    months = figures.pack_months(since=months_after(month, 1 - MONTHS))
    return _page(request, "packs", "Packs", months=months, how_many=MONTHS)


@for_staff
def exhaustion(request: HttpRequest) -> HttpResponse:
    """Show organizations that ran out of tokens, and whether they bought some."""
    form = DaysForm(request.GET or {"days": 30})
    days = form.cleaned_data["days"] if form.is_valid() else 30
    found = figures.exhausted(since=database_now() - timedelta(days=days))
    bought = sum(each.packs > 0 for each in found)
    upgraded = sum(bool(each.upgraded_to) for each in found)
    converted = sum(each.converted for each in found)
    summary = {"all": len(found), "bought": bought, "upgraded": upgraded, "converted": converted}
    listed = figures.EXHAUSTED_MAX
    return _page(
        request, "exhaustion", "Ran out of tokens", form=form, days=days, found=found, summary=summary, max=listed
    )


@for_staff
def simulator(request: HttpRequest) -> HttpResponse:
    """A month of so many customers and packs, by rule and measured, at any version of the price book."""
    version = VersionForm(request.GET)
    book = read(version.cleaned_data["version"].version) if version.is_valid() else current_book()
    asked = any(name.startswith(("plan-", "pack-")) for name in request.GET)
    form = SimulatorForm(request.GET if asked else None, book=book)
    if not asked:
        form = SimulatorForm({name: field.initial for name, field in form.fields.items()}, book=book)
    now = database_now()
    token_cost = measured_token_cost(since=now - timedelta(days=MEASURED_DAYS), until=now)
    lines = []
    if form.is_valid():
        lines = simulate(book, customers=form.counts("plan"), packs=form.counts("pack"), token_cost=token_cost)
    return _page(
        request,
        "simulator",
        "Margin simulator",
        form=form,
        versions=VersionForm(initial={"version": book.version}),
        book=book,
        lines=lines,
        token_cost=token_cost,
        rule_cost=TOKEN_COST,
        days=MEASURED_DAYS,
    )
