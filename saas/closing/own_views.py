"""A person's own data: taking it out, ending keys after a change of password or address, erasing oneself."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from saas.accounts import queries as accounts
from saas.closing import actions, own_data
from saas.closing.forms import ErasureForm
from saas.kernel.errors import DomainError
from saas.team import actions as team
from saas.team.views import person
from saas.web.pages import for_fresh_login


@login_required
@require_GET
def own_page(request: HttpRequest) -> HttpResponse:
    """Show the person's keys, and what can be done with their data."""
    return _page(request, ErasureForm(email=person(request).email))


def _page(request: HttpRequest, form: ErasureForm, status: int = 200) -> HttpResponse:
    me = person(request)
    context = {"form": form, "keys": accounts.live_keys_of(me.pk), "changed": "changed" in request.GET}
    return render(request, "closing/own_data.html", context, status=status)


@login_required
@require_POST
def end_own_keys(request: HttpRequest) -> HttpResponse:
    """Revoke every key of the person's, in all organizations."""
    ended = team.end_keys(user_id=person(request).pk, reason="asked for by the person")
    messages.success(request, f"{ended} API keys stopped working." if ended != 1 else "One API key stopped working.")
    return redirect("own_data")


@login_required
@require_POST
@for_fresh_login
def export_own(request: HttpRequest) -> StreamingHttpResponse:
    """Send what Milepost has of the person as one JSON document."""
    me = person(request)
    team.note_own_export(user_id=me.pk)
    answer = StreamingHttpResponse(own_data.document(me), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="milepost-my-data.json"'
    answer["Cache-Control"] = "no-store"
    return answer


@login_required
@require_POST
@for_fresh_login
def erase_self(request: HttpRequest) -> HttpResponse:
    """Erase the logged-in person, confirmed by their address."""
    form = ErasureForm(request.POST, email=person(request).email)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        actions.erase_person(user_id=person(request).pk, reason="asked for by the person")
    except DomainError as refusal:
        form.add_error(None, refusal.detail)
        return _page(request, form, status=refusal.status)
    logout(request)
    messages.success(request, "You are erased. Nothing here leads to you any more.")
    return redirect("home")
