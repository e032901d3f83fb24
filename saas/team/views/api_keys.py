"""Pages about API keys: make, rotate, revoke; a secret is shown once, in the answer itself."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from saas.accounts import queries as accounts
from saas.accounts.keys import scopes_of
from saas.accounts.models import KeyStatus
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict
from saas.team import actions
from saas.team.actions import NewKey
from saas.team.forms import ApiKeyForm, KeyRotationForm
from saas.team.views.guards import person
from saas.web.pages import caller_of, for_fresh_login, for_managers


@for_managers
@require_http_methods(["GET", "POST"])
@for_fresh_login
def api_keys(request: HttpRequest) -> HttpResponse:
    """List keys, make one."""
    now = database_now()
    form = ApiKeyForm(request.POST or None, scopes=scopes_of(caller_of(request).role), now=now)
    if request.method == "POST" and form.is_valid():
        return _keys(request, new=actions.create_api_key(by=person(request), **form.cleaned_data))
    return _keys(request, form=form)


def _keys(request: HttpRequest, *, form: ApiKeyForm | None = None, new: NewKey | None = None) -> HttpResponse:
    now = database_now()
    keys = list(accounts.api_keys())
    replaced = {key.replaces_id for key in keys if key.revoked_at is None}
    context: dict[str, Any] = {
        "live": [(key, key.id not in replaced) for key in keys if key.status(now) == KeyStatus.ACTIVE],
        "ended": [(key, key.status(now)) for key in keys if key.status(now) != KeyStatus.ACTIVE],
        "form": form or ApiKeyForm(scopes=scopes_of(caller_of(request).role), now=now),
        "rotation": KeyRotationForm(),
        "new": new,
    }
    return render(request, "team/api_keys.html", context, status=422 if form and form.errors else 200)


@for_managers
@require_POST
@for_fresh_login
def rotate_api_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Replace a key; the old one works on for as long as was chosen."""
    form = KeyRotationForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose for how long the old key works on.")
        return redirect("api_keys")
    try:
        new = actions.rotate_api_key(key_id=key_id, by=person(request), **form.cleaned_data)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
        return redirect("api_keys")
    return _keys(request, new=new)


@for_managers
@require_POST
def revoke_api_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Make a key useless at once."""
    actions.revoke_api_key(key_id=key_id)
    messages.success(request, "The key stopped working.")
    return redirect("api_keys")
