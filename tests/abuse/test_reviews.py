"""What the battery began is kept once, audited with its row, and decided once by staff."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from pytest_django import Settings

from abuse.actions import (
    AlreadyReviewed,
    admit,
    record,
    record_block,
    record_flag,
    review,
)
from abuse.battery import AbuseStoreUnavailable
from abuse.models import Block, Flag, Review
from abuse.rules import Limits, Subject, Verdict
from audit.models import Event
from saas.accounts.models import User
from saas.kernel import tenancy
from saas.kernel.errors import Invalid
from saas.kernel.transactions import transaction

pytestmark = pytest.mark.fast

LIMITS = Limits(minimum_gap_seconds=0, hourly_tokens_flag=5)


def admitted(member: Subject, tokens: int = 1) -> Verdict:
    return admit(subject=member, tokens=tokens, limits=LIMITS)


def blocked(member: Subject) -> tuple[Block, Verdict]:
    verdict = [admitted(member, tokens=11) for _ in range(5)][-1]
    assert verdict.pause
    return record_block(subject=member, pause=verdict.pause), verdict


def flagged(member: Subject) -> Flag:
    crossing = admitted(member, tokens=6).flags[0]
    return record_flag(subject=member, crossing=crossing)


def events(member: Subject) -> list[tuple[str, str]]:
    with tenancy.organization(member.organization_id):
        return [(event.kind, event.reason) for event in Event.objects.order_by("seq")]


def test_most_verdicts_leave_nothing(member: Subject) -> None:
    record(subject=member, verdict=admitted(member))
    assert events(member) == []


def test_a_block_is_one_row_and_one_event(member: Subject) -> None:
    block, verdict = blocked(member)
    record(subject=member, verdict=verdict)
    with tenancy.organization(member.organization_id):
        assert [*Block.objects.all()] == [block]
    assert (block.user_id, block.rule, block.status) == (member.user_id, "size", Review.OPEN)
    assert (block.started_at, block.ended_at) == (verdict.at, verdict.at + timedelta(minutes=15))
    assert events(member) == [("block.started", "")]


def test_each_crossing_is_one_row_and_one_event(member: Subject) -> None:
    verdict = admitted(member, tokens=6)
    for _ in range(2):
        record(subject=member, verdict=verdict)
    with tenancy.organization(member.organization_id):
        flags = Flag.objects.order_by("rule").values_list("rule", "tokens", "limit")
        assert [*flags] == [("hour_organization", 6, 5), ("hour_user", 6, 5)]
    assert events(member) == [("flag.raised", "")] * 2


def test_seen_then_kept_is_audited_each_time_and_the_block_stays(member: Subject, oscar: User) -> None:
    block, verdict = blocked(member)
    review(item=block, status=Review.SEEN, note="", reviewer=oscar)
    review(item=block, status=Review.KEPT, note="A script.", reviewer=oscar)
    assert (block.status, block.note, block.reviewed_by) == (Review.KEPT, "A script.", oscar)
    assert block.ended_at == verdict.blocked_until
    assert events(member)[1:] == [("block.reviewed", ""), ("block.reviewed", "A script.")]
    assert admitted(member).code == "temporarily_blocked"


def test_clearing_a_block_ends_it_in_the_row_and_in_the_store(member: Subject, oscar: User) -> None:
    block, verdict = blocked(member)
    with tenancy.system(), transaction():
        review(item=block, status=Review.CLEARED, note="Our own bug.", reviewer=oscar)
        assert admitted(member).code == "temporarily_blocked", "not before the commit"
    assert admitted(member).allowed
    assert verdict.blocked_until
    assert block.ended_at < verdict.blocked_until
    assert events(member)[-1] == ("block.reviewed", "Our own bug.")


def test_without_the_store_the_review_stands(member: Subject, oscar: User, settings: Settings) -> None:
    block, _ = blocked(member)
    settings.REDIS_URL = "unix:///nonexistent"
    with pytest.raises(AbuseStoreUnavailable):
        review(item=block, status=Review.CLEARED, note="Our own bug.", reviewer=oscar)
    with tenancy.organization(member.organization_id):
        assert Block.objects.get(pk=block.pk).status == Review.CLEARED
    assert events(member)[-1] == ("block.reviewed", "Our own bug.")


def test_a_flag_is_reviewed_like_a_block(member: Subject, oscar: User) -> None:
    flag = flagged(member)
    review(item=flag, status=Review.CLEARED, note="A big day.", reviewer=oscar)
    assert flag.status == Review.CLEARED
    assert events(member)[-1] == ("flag.reviewed", "A big day.")


@pytest.mark.parametrize("status", [Review.CLEARED, Review.KEPT])
def test_a_decision_needs_a_reason(member: Subject, oscar: User, status: Review) -> None:
    with pytest.raises(Invalid) as raised:
        review(item=flagged(member), status=status, note="  ", reviewer=oscar)
    assert [error["pointer"] for error in raised.value.details["errors"]] == ["#/note"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Review.SEEN, Review.SEEN),
        (Review.CLEARED, Review.KEPT),
        (Review.KEPT, Review.SEEN),
        (Review.KEPT, Review.CLEARED),
    ],
)
def test_a_decision_is_made_once(member: Subject, oscar: User, first: Review, second: Review) -> None:
    flag = flagged(member)
    review(item=flag, status=first, note="Because.", reviewer=oscar)
    with pytest.raises(AlreadyReviewed):
        review(item=flag, status=second, note="No.", reviewer=oscar)


@pytest.mark.parametrize("change", [{"status": Review.KEPT}, {"rule": "block"}, {"tokens": 5}])
def test_the_database_refuses_a_flag_that_cannot_be(member: Subject, change: dict[str, object]) -> None:
    flag = flagged(member)
    with tenancy.organization(member.organization_id), pytest.raises(IntegrityError), transaction():
        Flag.objects.filter(pk=flag.pk).update(**change)


def test_the_queue_is_what_nobody_has_seen(member: Subject, oscar: User) -> None:
    flag, (block, _) = flagged(member), blocked(member)
    with tenancy.organization(member.organization_id):
        assert [*Flag.objects.filter(status=Review.OPEN)] == [flag]
        assert [*Block.objects.filter(status=Review.OPEN)] == [block]
    review(item=flag, status=Review.SEEN, note="", reviewer=oscar)
    with tenancy.system():
        assert flag not in Flag.objects.filter(status=Review.OPEN)
        assert block in Block.objects.filter(status=Review.OPEN)
