"""The page of a person's notifications."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from saas.notifications import inbox, queries
from saas.notifications.rules import ALWAYS, RULES, Topic
from saas.web.pages import caller_of, for_members, page_of

WITH_LINKS = frozenset({"month.ended", *(kind for kind, rule in RULES.items() if rule.about_money)})
"""Notifications with addresses of ours and of Stripe in their texts, and none that somebody typed."""

WORDS = {
    Topic.PAYMENTS: "Payments and the license",
    Topic.SECURITY: "Security and the account",
    Topic.RENEWALS: "Renewals ahead, a week before the bill",
    Topic.TOKENS: "Low balance and quotas",
    Topic.TEAM: "The team",
    Topic.GOALS: "Goals that are reached",
    Topic.STEPS: "Steps that are due, on the morning of their day",
    Topic.PACE: "Goals that are behind, on Monday mornings",
    Topic.MONTHS: "The month's figures, on the first morning of the next",
}


@for_members
@require_GET
def notifications(request: HttpRequest) -> HttpResponse:
    """Show the person's notifications, newest first, and which they get."""
    user_id = caller_of(request).user_id
    chosen = queries.choices(user_id)
    context: dict[str, Any] = {
        "page": page_of(request, queries.notifications(user_id)),
        "with_links": WITH_LINKS,
        "topics": [
            {
                "key": topic.value,
                "words": words,
                "always": topic in ALWAYS,
                "choice": chosen.get(topic.value),
            }
            for topic, words in WORDS.items()
        ],
    }
    return render(request, "notifications/list.html", context)


@for_members
@require_POST
def read_notification(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Mark one as read and go where it leads."""
    notification = inbox.mark_read(user_id=caller_of(request).user_id, notification_id=notification_id)
    return redirect(RULES[notification.kind].path)


@for_members
@require_POST
def read_all_notifications(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    inbox.mark_all_read(user_id=caller_of(request).user_id)
    return redirect("notifications")


@for_members
@require_POST
def choose_notifications(request: HttpRequest) -> HttpResponse:
    """Save which notifications the person wants, and where."""
    ticked = set(request.POST.getlist("told"))
    wanted = {
        topic: (f"{topic.value}:in_app" in ticked, f"{topic.value}:by_mail" in ticked) for topic in inbox.CHOOSABLE
    }
    inbox.choose(user_id=caller_of(request).user_id, topics=wanted)
    messages.success(request, "Saved.")
    return redirect("notifications")
