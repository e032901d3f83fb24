"""The page that compares the plans, and the button that begins a trial."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from plans import comparison
from plans.queries import current_book, entitlements
from plans.trials import queries as trials
from plans.trials.actions import begin_trial
from saas.kernel.errors import DomainError
from saas.web.pages import AFTER_VERIFICATION, caller_of, for_members, lead_back, next_of


@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Compare the plans of the price book, the organization's own marked; visitors see what things cost."""
    caller = request.caller  # type: ignore[attr-defined]
    entitled = entitlements(caller.organization_id).fetch() if caller else None
    book = entitled.book if entitled else current_book()
    prices = {key: price.value for key, price in entitled.prices.items()} if entitled else book.operation_prices
    cards = comparison.cards(book, prices)
    plans = [card.plan for card in cards]
    features = [(each, [each.key in plan.features for plan in plans]) for each in comparison.FEATURES]
    context = {
        "entitled": entitled,
        "trial": trials.offered_to(caller, entitled) if entitled and not entitled.trial else None,
        "on_trial": trials.progress(entitled) if entitled else None,
        "offered": None if entitled else trials.offered_by(book),
        "next": next_of(request),
        "prices": comparison.price_list(prices),
        "packs": [(pack, comparison.buys(pack.tokens, prices, "quest")) for pack in book.packs.values()],
        "cards": cards,
        "plans": plans,
        "members": [plan.limits["members"] for plan in plans],
        "features": features,
        "purged_after_days": settings.RETENTION_DAYS["closed_organizations"],
        "contact": settings.CONTACT_EMAIL,
    }
    return render(request, "plans/plans.html", context)


@for_members
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin the trial and lead back to where it was wanted; a second click finds it begun."""
    caller, back = caller_of(request), next_of(request)
    try:
        begin_trial(caller=caller)
    except trials.NotVerified as refusal:
        messages.warning(request, refusal.detail)
        request.session[AFTER_VERIFICATION] = back
        return redirect("account_email")
    except DomainError as refusal:
        if trials.current_progress() is None:
            messages.error(request, refusal.detail)
        return redirect(back or "plans")
    begun = trials.current_progress()
    assert begun is not None
    words = f"Your trial of {begun.plan.name} has begun: {begun.days_left} days and {begun.tokens} tokens."
    messages.success(request, words)
    return redirect(lead_back(request, back))
