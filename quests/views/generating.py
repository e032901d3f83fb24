"""Asking for an AI operation in a page: the form with its price, the answer as a fragment, cancelling."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from plans.queries import FeatureNotInPlan
from plans.trials.queries import offered_to
from quests.generation import OUTPUT_TYPES
from saas.accounts.callers import Caller
from saas.kernel.errors import DomainError, Invalid
from saas.metering import decision, pipeline
from saas.metering.operations import OPERATIONS, Operation
from saas.metering.refusals import counting_bad_input
from saas.web import idempotency
from saas.web.idempotency import Answer, Claim
from saas.web.pages import caller_of, take_wanted


@dataclass(frozen=True)
class Place:
    """Where in the pages an operation is asked for.

    `name` is that of the form and of its addresses, `generate_NAME` and `cancel_NAME`, which take `args`;
    `page` is the address of the page around it. A result changes lists of that page: `lists` gives the
    context of the template `renewed`, which shows them anew. `refusals` are those that have a template of their own
    in the place of the common one.
    """

    operation: str
    name: str
    label: str
    form: type[forms.Form]
    page: str
    renewed: str
    lists: Callable[[], dict[str, Any]]
    args: tuple[UUID, ...] = ()
    refusals: Mapping[type[DomainError], str] = field(default_factory=dict)


def asking(
    request: HttpRequest, place: Place, known: decision.DecisionInputs, fields: forms.Form | None = None
) -> dict[str, Any]:
    """Return what the form shows: prices, a new key, and what would refuse it at once, with the way on.

    It `starts` by itself where it was wanted before there was a plan, and only when nothing refuses it.
    """
    key, operation, id_ = str(uuid4()), OPERATIONS[place.operation], f"generate-{place.name}"
    units = range(1, operation.units_max + 1)
    refusal = _refusal(operation, known)
    lacks_plan = refusal is not None and refusal.code == FeatureNotInPlan.code
    return {
        "id": id_,
        "label": place.label,
        "action": reverse(f"generate_{place.name}", args=place.args),
        "idempotency_key": key,
        "status_url": reverse("operation_status", args=[key]),
        "cancel_url": reverse(f"cancel_{place.name}", args=[*place.args, key]),
        "price": known.cost(operation, 1),
        "available": known.position.available,
        "options": [{"value": n, "tokens": known.cost(operation, n)} for n in units] if len(units) > 1 else [],
        "fields": (fields or place.form()) if len(units) == 1 else None,
        "refusal": refusal,
        "plan": known.entitlements.cheapest_plan_with(place.operation),
        "trial": offered_to(caller_of(request), known.entitlements) if lacks_plan else None,
        "on_trial": known.entitlements.trial is not None,
        "next": f"{place.page}#{id_}",
        "starts": take_wanted(request, place.page, form=id_) and refusal is None,
    }


def _refusal(operation: Operation, known: decision.DecisionInputs) -> DomainError | None:
    """Return why one unit of the operation would be refused, so that nobody finds out by trying."""
    try:
        decision.check(operation, 1, known)
    except DomainError as refusal:
        return refusal
    return None


Verb = Callable[[Caller, dict[str, Any], Claim], Answer]


def generate(request: HttpRequest, place: Place, verb: Verb) -> HttpResponse:
    """Run one generation; with htmx answer the result or the refusal, and what changed on the page."""
    form, caller, fragment = place.form(request.POST), caller_of(request), bool(request.htmx)  # type: ignore[attr-defined]
    try:
        claim = _claim(request, caller, form)
        answer = verb(caller, form.cleaned_data, claim)
    except DomainError as refusal:
        if not fragment:
            raise
        template = place.refusals.get(type(refusal), "errors/problem_fragment.html")
        html = render_to_string(template, {"problem": refusal, "form": form, "key": uuid4()}, request)
        return HttpResponse(html + _again(request, place, form), status=refusal.status)
    if not fragment:
        return redirect("receipt", transaction_id=answer.body["tokens"]["transaction_id"])
    made = {"things": _things(place.operation, answer.body), "tokens": answer.body["tokens"]}
    html = render_to_string("quests/made.html", made, request)
    return HttpResponse(html + _again(request, place), status=answer.status)


def _things(operation: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    output = OUTPUT_TYPES[operation]
    contents = body[output.name] if output.several else [body[output.name]]
    return [{**thing, "href": output.address(thing["id"])} for thing in contents]


def cancel(request: HttpRequest, place: Place, key: UUID) -> HttpResponse:
    """Cancel a running generation: its tokens are back at once. One that just ended answers for itself."""
    cancelled = pipeline.cancel(caller=caller_of(request), key=str(key))
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "quests/cancelled.html", {"cancelled": cancelled, "back": place.page})
    if not cancelled:
        return HttpResponse(status=204)
    html = render_to_string("quests/cancelled_fragment.html", {}, request)
    return HttpResponse(html + _again(request, place))


def _again(request: HttpRequest, place: Place, fields: forms.Form | None = None) -> SafeString:
    """Return what a generation changes elsewhere on the page: form (with a new key), lists, balance."""
    generator = asking(request, place, decision.inputs(caller_of(request)), fields)
    context = {"generator": generator, "renewed": place.renewed, **place.lists()}
    return render_to_string("quests/generate_again.html", context, request)


def _claim(request: HttpRequest, caller: Caller, form: forms.Form) -> Claim:
    """Return the claim of the form's key; bad input is refused and counted."""
    with counting_bad_input(caller):
        if not form.is_valid():
            errors = [(name, str(message)) for name, messages in form.errors.items() for message in messages]
            raise Invalid(
                "Please check what you entered.",
                errors=[{"pointer": f"#/{name}", "code": "invalid", "detail": message} for name, message in errors],
            )
    return idempotency.claim(
        key=request.POST.get("idempotency_key"), request=f"POST {request.path}", body=form.cleaned_data
    )
