"""The feed of a person's steps, and the page where they make and remove it."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from quests.calendar import actions, queries
from quests.calendar.ics import calendar
from saas.accounts import queries as accounts
from saas.kernel import tenancy
from saas.kernel.clock import database_now, today_in
from saas.kernel.errors import NotFound
from saas.web.limits import client_address, enforce
from saas.web.pages import caller_of, for_members

SUFFIX = ".ics"
"""Ends the address: some programs know a calendar by it."""

PER_MINUTE = 60
"""How often an address may ask for feeds."""


@require_safe
def calendar_feed(request: HttpRequest, organization_id: UUID, secret: str) -> HttpResponse:
    """Show the open steps of the person whose feed it is, to whoever has its address."""
    enforce(group="calendar", key=client_address(request), per_minute=PER_MINUTE)
    with tenancy.organization(organization_id):
        person = None if accounts.is_closed() else queries.person_of(secret.removesuffix(SUFFIX))
        if person is None:
            raise NotFound("There is no such calendar.")
        organization = accounts.organization(organization_id)
        days = queries.days_of(person, today_in(organization.timezone))
        text = calendar(f"{organization.name}: steps", days, made_at=database_now())
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")


@for_members
@require_safe
def calendar_settings(request: HttpRequest) -> HttpResponse:
    """Show whether the person has a feed."""
    return _page(request)


@for_members
@require_POST
def make_calendar(request: HttpRequest) -> HttpResponse:
    """Make the person's feed and show its address, this once; the one before stops."""
    caller = caller_of(request)
    secret = actions.make_feed(user_id=caller.user_id)
    return _page(request, settings.BASE_URL + reverse("calendar_feed", args=[caller.organization_id, secret + SUFFIX]))


@for_members
@require_POST
def remove_calendar(request: HttpRequest) -> HttpResponse:
    """Stop the person's feed."""
    actions.remove_feed(user_id=caller_of(request).user_id)
    messages.success(request, "The calendar link works no more.")
    return redirect("calendar")


def _page(request: HttpRequest, address: str = "") -> HttpResponse:
    context = {"feed": queries.feed_of(caller_of(request).user_id), "address": address}
    return render(request, "quests/calendar.html", context)
