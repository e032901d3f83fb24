"""Pages about the plan: changing it, keeping it, paying what is overdue."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateformat import format as format_date
from django.views.decorators.http import require_POST

from marketplace.pages import here, or_show_refusal
from marketplace.queries import live_subscription
from marketplace.subscriptions import changes, overdue, pausing
from marketplace.subscriptions.changes import PlanChangeResult
from marketplace.subscriptions.forms import ChangeForm
from marketplace.subscriptions.queries import can_be_paused, smaller_plans
from plans.comparison import gained
from plans.periods import period_at
from saas.kernel.errors import Invalid
from saas.web.pages import caller_of, for_fresh_login, for_members, lead_back, next_of
from tokens import queries as ledger
from tokens.kinds import Source


@for_members
@require_POST
def fix_payment(request: HttpRequest) -> HttpResponse:
    """Pay what is overdue in the way that can work now: by the saved card, on the open bill, or by subscribing."""

    def do() -> HttpResponse:
        way = overdue.fix_payment(caller=caller_of(request))
        if way.paid:
            messages.success(request, "Paid. Everything is on again.")
        elif way.processing:
            messages.info(request, "The debit is on its way. Everything is on again when the money has arrived.")
        elif way.url:
            return redirect(here(way.url))
        else:
            messages.warning(request, "The payment did not go through yet. Change the card, then try again.")
        return redirect("billing")

    return or_show_refusal(request, reverse("billing"), do)


@for_members
@require_POST
def keep_plan(request: HttpRequest) -> HttpResponse:
    """Undo a planned downgrade or cancellation."""

    def do() -> HttpResponse:
        changes.undo_scheduled_change(caller=caller_of(request))
        messages.success(request, "Your plan stays as it is.")
        return redirect("billing")

    return or_show_refusal(request, reverse("billing"), do)


@for_members
@require_POST
def pause_plan(request: HttpRequest) -> HttpResponse:
    """Pause the plan."""

    def do() -> HttpResponse:
        pausing.pause(caller=caller_of(request))
        messages.success(request, "Your plan is paused: AI is off, and nothing is charged until you resume it.")
        return redirect("billing")

    return or_show_refusal(request, reverse("billing"), do)


@for_members
@require_POST
def resume_plan(request: HttpRequest) -> HttpResponse:
    """Let a paused plan go on; where the card does not pay, lead to the bill."""

    def do() -> HttpResponse:
        made = pausing.resume(caller=caller_of(request))
        if made.url:
            return redirect(here(made.url))
        messages.success(request, "Your plan goes on. Everything is on again.")
        return redirect("billing")

    return or_show_refusal(request, reverse("billing"), do)


@for_members
@for_fresh_login
def change_plan(request: HttpRequest) -> HttpResponse:
    """Show what a change of plan costs and brings, and when; POST changes it as shown."""
    plan_key = request.POST.get("plan", "") or request.GET.get("plan", "")
    if request.method == "POST":
        back = f"{reverse('change_plan')}?{urlencode({'plan': plan_key, 'next': next_of(request)})}"
        return or_show_refusal(request, back, lambda: _change(request))
    seen = changes.preview(caller=caller_of(request), plan_key=plan_key)
    change, current, wanted, live = seen.change, seen.current, seen.wanted, live_subscription()
    context = {
        "seen": seen,
        "at": seen.at.isoformat(),
        "current": current,
        "wanted": wanted,
        "live": live,
        "next": next_of(request),
        "gains": gained(current, wanted),
        "loses": gained(wanted, current),
        "renews_at": live.period_ends_at if live else period_at(seen.at, seen.at).ends_at,
        "ends_now": change.effective_at <= seen.at,
        "plan_tokens_left": 0 if wanted.monthly_price else ledger.remaining_of(Source.PLAN),
        "tax_comes": settings.STRIPE_TAX and live is None,
        "form": ChangeForm(),
        "can_pause": can_be_paused(live),
        "smaller": [] if wanted.monthly_price or live is None else smaller_plans(current),
    }
    return render(request, "marketplace/change_plan.html", context)


def _change(request: HttpRequest) -> HttpResponse:
    form = ChangeForm(request.POST)
    if not form.is_valid():
        raise Invalid("Look at the plan again. Nothing was changed.")
    data, back = form.cleaned_data, next_of(request)
    made = changes.change_plan(
        caller=caller_of(request), plan_key=data["plan"], at=data["at"], back=back, reason=data["reason"]
    )
    if made.url:
        return redirect(here(made.url))
    messages.success(request, _words(made))
    return redirect(lead_back(request, back) if back and made.status == "applied" else "billing")


def _words(made: PlanChangeResult) -> str:
    if made.status == "scheduled" and made.effective_at:
        return f"Your plan changes on {format_date(made.effective_at, 'j M Y')}. Until then everything stays."
    return "Your plan has changed." if made.status == "applied" else "Nothing to change: this is your plan."
