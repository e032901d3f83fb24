"""Pages about gifts."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketplace.gifts import endings, gifted_packs, offers, queries
from marketplace.gifts.forms import PackGiftForm, QuotaGiftForm
from marketplace.gifts.links import link_of
from marketplace.models.gifts import Gift, GiftKind, GiftStatus
from marketplace.packs.queries import offers as packs_for_sale
from marketplace.packs.queries import refusal_of_packs, terms_of
from marketplace.pages import here, or_show_refusal
from marketplace.queries import billing
from saas.accounts import queries as accounts
from saas.accounts.models import Role
from saas.kernel.errors import Forbidden, Invalid
from saas.web.limits import client_address, enforce
from saas.web.pages import caller_of, for_members, page_of
from tokens import queries as ledger
from tokens.kinds import QuotaScope

OPENED_PER_MINUTE = 60
"""Links opened per client address; nobody guesses 256 bits, and nobody should try."""


def _gives(request: HttpRequest) -> bool:
    return caller_of(request).role == Role.OWNER


@for_members
@require_GET
def gifts(request: HttpRequest) -> HttpResponse:
    """Show what waits for an answer, and everything given and received."""
    context = {
        "waiting": queries.waiting_for(caller_of(request)),
        "page": page_of(request, queries.gifts()),
        "gives": _gives(request),
    }
    return render(request, "gifts/gifts.html", context)


@for_members
@require_GET
def gift(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """Show a gift, with its link where the reader may pass it on."""
    found, caller = queries.gift(gift_id), caller_of(request)
    open_to_us = found.status == GiftStatus.OFFERED
    context = {
        "gift": found,
        "gives": _gives(request),
        "link": link_of(found) if _gives(request) else None,
        "for_me": open_to_us and queries.waiting_for(caller).filter(id=found.id).exists(),
        "ours": found.kind in (GiftKind.PACK, GiftKind.QUOTA),
    }
    return render(request, "gifts/gift.html", context)


@for_members
@require_http_methods(["GET", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """Show the forms to give; POST gives what its `kind` says."""
    kind, (entitled, license_now) = request.POST.get("kind", ""), terms_of(caller_of(request).organization_id)
    pack_form = PackGiftForm(request.POST if kind == "pack" else None, offers=packs_for_sale(entitled))
    quota_form = QuotaGiftForm(request.POST if kind == "quota" else None, subjects=_subjects())
    if request.method == "POST":
        endings.require_giver(caller_of(request))
        if kind == "pack" and pack_form.is_valid():
            return or_show_refusal(request, reverse("give"), lambda: _give_pack(request, pack_form))
        if kind == "quota" and quota_form.is_valid():
            return or_show_refusal(request, reverse("give"), lambda: _offer_quota(request, quota_form))
    context = {
        "pack_form": pack_form,
        "quota_form": quota_form,
        "subjects": quota_form.fields["to"].choices,  # type: ignore[attr-defined]
        "billing": billing(),
        "refusal": refusal_of_packs(entitled, license_now),
        "gives": _gives(request),
    }
    return render(request, "gifts/give.html", context, status=422 if request.method == "POST" else 200)


def _subjects() -> list[tuple[str, str]]:
    """Return the departments and members that a quota binds, as choices."""
    quotas: list[Any] = list(ledger.quotas())
    bound = {(each.scope, each.subject_id): f"{each.used} of {each.allowed} used" for each in quotas}
    names = [(QuotaScope.USER, member.user_id, str(member.user)) for member in accounts.members()]
    names += [(QuotaScope.DEPARTMENT, each.id, each.name) for each in accounts.departments()]
    return [
        (f"{scope}:{subject_id}", f"{name} ({bound[scope, subject_id]})")
        for scope, subject_id, name in names
        if (scope, subject_id) in bound
    ]


def _give_pack(request: HttpRequest, form: PackGiftForm) -> HttpResponse:
    data = form.cleaned_data
    made = offers.give_pack(
        caller=caller_of(request),
        pack_key=data["pack"],
        email=data["email"],
        note=data["note"],
        request_key=f"gift:{data['idempotency_key']}",
    )
    assert made.order is not None
    waits = made.status == GiftStatus.UNPAID
    return redirect(
        here(made.order.checkout_url) if waits and made.order.checkout_url else reverse("gift", args=[made.id])
    )


def _offer_quota(request: HttpRequest, form: QuotaGiftForm) -> HttpResponse:
    scope, subject_id = form.subject()
    data = form.cleaned_data
    made = offers.offer_quota(
        caller=caller_of(request),
        scope=scope,
        subject_id=subject_id,
        tokens=data["tokens"],
        note=data["note"],
        request_key=f"gift:{data['idempotency_key']}",
    )
    given = made.status == GiftStatus.ACCEPTED
    messages.success(request, f"{made.to_name} may spend more now." if given else f"Offered to {made.to_name}.")
    return redirect("gifts")


def _ending(do: Callable[..., Gift], message: str) -> Callable[..., HttpResponse]:
    """Make the view that ends a gift in one way."""

    @for_members
    @require_POST
    def view(request: HttpRequest, gift_id: UUID) -> HttpResponse:
        def end() -> HttpResponse:
            messages.success(request, message.format(tokens=do(caller=caller_of(request), gift_id=gift_id).tokens))
            return redirect("gifts")

        return or_show_refusal(request, reverse("gifts"), end)

    return view


accept_gift = _ending(endings.accept, "Accepted: {tokens:,} tokens are yours to spend.")
decline_gift = _ending(endings.decline, "Declined.")
withdraw_gift = _ending(endings.withdraw, "Withdrawn.")


@require_http_methods(["GET", "POST"])
def opened_gift(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the pack behind a link to whoever has it; an owner who is logged in takes or declines it."""
    enforce(group="gift", key=client_address(request), per_minute=OPENED_PER_MINUTE)
    found = queries.behind_link(secret)
    caller = getattr(request, "caller", None)
    if request.method == "POST":
        return or_show_refusal(request, request.path, lambda: _answer(request, secret))
    context: dict[str, Any] = {
        "gift": found,
        "next": request.path,
        "owner": caller is not None and caller.role == Role.OWNER,
        "own": caller is not None and caller.organization_id == found.organization_id,
        "taken": found.status == GiftStatus.ACCEPTED,
    }
    return render(request, "gifts/opened.html", context)


def _answer(request: HttpRequest, secret: str) -> HttpResponse:
    if not request.user.is_authenticated:
        raise Forbidden("Log in first, then open the link again.")
    caller = caller_of(request)
    match request.POST.get("answer"):
        case "accept":
            taken = gifted_packs.accept_link(caller=caller, secret=secret)
            messages.success(request, f"{taken.tokens:,} tokens from {taken.from_name} are yours.")
            return redirect("gift", taken.id)
        case "decline":
            gifted_packs.decline_link(caller=caller, secret=secret)
            messages.success(request, "Declined: the tokens go back to who bought them.")
            return redirect("home")
    raise Invalid("Accept or decline the gift.")
