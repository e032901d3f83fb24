"""The staff's queue: reads much, writes only through the review."""

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.test import RequestFactory

from abuse.actions import admit, record
from abuse.admin import BlockAdmin, FlagAdmin
from abuse.models import Block, Flag, Review
from abuse.rules import Limits, Subject
from saas.accounts.models import User
from saas.kernel import tenancy

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
        assert set(queue.get_actions(staff)) == {"mark_seen", "clear", "keep"}
        assert queue.has_view_permission(staff)
        assert not queue.has_add_permission(staff)
        assert not queue.has_change_permission(staff)
        assert not queue.has_delete_permission(staff)
        assert not queue.get_actions(request(User.objects.get(pk=member.user_id)))


def test_a_review_of_several_with_a_note(member: Subject, oscar: User) -> None:
    ids = [flag.pk for flag in flags(member)]
    staff = request(oscar, note="A big day.")
    with tenancy.system():
        FlagAdmin(Flag, admin.site).clear(staff, Flag.objects.filter(pk__in=ids))
        decided = Flag.objects.filter(pk__in=ids).values_list("status", "note", "reviewed_by")
        assert {*decided} == {(Review.CLEARED, "A big day.", oscar.pk)}
    assert [message.level_tag for message in get_messages(staff)] == ["success"] * 2


def test_a_decision_without_a_note_changes_nothing_and_says_so(member: Subject, oscar: User) -> None:
    ids = [flag.pk for flag in flags(member)]
    staff = request(oscar)
    with tenancy.system():
        FlagAdmin(Flag, admin.site).keep(staff, Flag.objects.filter(pk__in=ids))
        assert Flag.objects.filter(pk__in=ids, status=Review.OPEN).count() == 2
    assert ["Say why" in str(message) for message in get_messages(staff)] == [True, True]
