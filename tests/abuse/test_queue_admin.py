"""The staff's queue: reads much, writes only through the review."""

from typing import Any, cast
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from abuse.actions import admit, record
from abuse.admin import BlockAdmin, FlagAdmin
from abuse.models import Block, Flag, Review
from abuse.rules import Limits, Subject
from audit.models import Event
from saas.accounts.models import User
from saas.kernel import tenancy
from tests.conftest import log_in

pytestmark = pytest.mark.fast


def request(user: User, **data: str) -> HttpRequest:
    request = RequestFactory().post("/", data)
    request.user = user
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    return request


def flags(member: Subject) -> list[Flag]:
    """Two flags: the user's and the organization's."""
    verdict = admit(subject=member, tokens=6, limits=Limits(hourly_tokens_flag=5))
    record(subject=member, verdict=verdict)
    with tenancy.system():
        return [*Flag.objects.filter(organization_id=member.organization_id)]


def test_staff_may_review_and_nothing_else(member: Subject, oscar: User) -> None:
    for queue in (BlockAdmin(Block, admin.site), FlagAdmin(Flag, admin.site)):
        staff = request(oscar)
        assert set(queue.get_actions(staff)) == {"mark_seen", "clear", "uphold"}
        assert queue.has_view_permission(staff)
        assert not queue.has_add_permission(staff)
        assert not queue.has_change_permission(staff)
        assert not queue.has_delete_permission(staff)
        assert not queue.get_actions(request(User.objects.get(pk=member.user_id)))


def post(user: User, action: str, ids: list[Any], **values: str) -> HttpResponse:
    """Do to flags what the page of the action sends."""
    client = Client()
    log_in(client, user)
    body = {"action": action, "_selected_action": [str(each) for each in ids], "submission": str(uuid4()), **values}
    answer: Any = client.post("/admin/abuse/flag/", body)
    return cast(HttpResponse, answer)


@pytest.mark.parametrize("action", ["mark_seen", "clear", "uphold"])
def test_a_review_of_several_with_a_reason(action: str, member: Subject, oscar: User) -> None:
    status = {"mark_seen": Review.SEEN, "clear": Review.CLEARED, "uphold": Review.KEPT}[action]
    ids = [flag.pk for flag in flags(member)]
    answer = post(oscar, action, ids, reason="A big day.")
    assert [message.level_tag for message in get_messages(cast(Any, answer).wsgi_request)] == ["success"] * 2
    with tenancy.system():
        decided = Flag.objects.filter(pk__in=ids).values_list("status", "note", "reviewed_by")
        assert {*decided} == {(status, "A big day.", oscar.pk)}
        reviewed = Event.objects.filter(organization_id=member.organization_id, kind="flag.reviewed")
        assert {*reviewed.values_list("reason", flat=True)} == {"A big day."}


@pytest.mark.parametrize("action", ["mark_seen", "clear", "uphold"])
def test_a_review_without_a_reason_asks_for_one_and_changes_nothing(action: str, member: Subject, oscar: User) -> None:
    ids = [flag.pk for flag in flags(member)]
    answer: Any = post(oscar, action, ids)
    assert answer.context["form"].errors.keys() == {"reason"}
    with tenancy.system():
        assert Flag.objects.filter(pk__in=ids, status=Review.OPEN).count() == 2
