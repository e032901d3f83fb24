"""The battery against a real Redis. Windows are milliseconds where a test must outlast one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from time import sleep
from uuid import uuid4

import pytest
from django.conf import settings

from abuse import battery
from abuse.actions import admit, admit_integrator_hold, count_attempt, record_bad_input, withdraw
from abuse.rules import Limits, Subject, Verdict
from tests.abuse.rate_status import RateStatus, rate_status

DEFAULT = Limits()
NO_GAP = Limits(minimum_gap_seconds=0)
FREE = Limits(minimum_gap_seconds=0, requests_per_minute=1000)


def ask(subject: Subject, tokens: int = 1, limits: Limits = NO_GAP) -> Verdict:
    return admit(subject=subject, tokens=tokens, limits=limits)


def stand(subject: Subject, limits: Limits = DEFAULT) -> RateStatus:
    return rate_status(subject=subject, limits=limits)


def codes(verdicts: list[Verdict]) -> list[str | None]:
    return [verdict.code for verdict in verdicts]


def fail(subject: Subject, times: int, limits: Limits = NO_GAP) -> list[Verdict]:
    return [ask(subject, tokens=11, limits=limits) for _ in range(times)]


def lasted(verdicts: list[Verdict]) -> float:
    """Return how many seconds lie between the first and the last."""
    return (verdicts[-1].at - verdicts[0].at).total_seconds()


def in_time(act: Callable[[Subject, float], list[Verdict]]) -> tuple[Subject, float, list[Verdict]]:
    """Act within a short window, or a longer one where the machine was too slow; by the store's own clock."""
    for seconds in (0.15, 1.0, 8.0):
        subject = Subject(organization_id=uuid4(), user_id=uuid4())
        verdicts = act(subject, seconds)
        if lasted(verdicts) < seconds:
            return subject, seconds, verdicts
    raise AssertionError("eight seconds were not enough")


# Rate


def test_thirty_a_minute_and_not_one_more(alice: Subject) -> None:
    verdicts = [ask(alice) for _ in range(31)]
    assert codes(verdicts) == [None] * 30 + ["rate_limited"]
    assert [verdict.remaining for verdict in verdicts] == [*range(29, -1, -1), 0]


def test_refused_attempts_count_too(alice: Subject) -> None:
    fail(alice, 4)
    for _ in range(6):
        count_attempt(subject=alice, limits=NO_GAP)
    assert codes([ask(alice) for _ in range(21)]) == [None] * 20 + ["rate_limited"]


def test_the_rate_follows_the_person(alice: Subject, alice_elsewhere: Subject) -> None:
    for _ in range(30):
        ask(alice)
    assert ask(alice_elsewhere).code == "rate_limited"


def test_a_lower_limit_elsewhere_forgets_nothing(alice: Subject, alice_elsewhere: Subject) -> None:
    sixty = replace(NO_GAP, requests_per_minute=60)
    for _ in range(59):
        ask(alice, limits=sixty)
    assert ask(alice_elsewhere).code == "rate_limited"
    assert ask(alice, limits=sixty).code == "rate_limited"


def test_one_user_does_not_use_up_anothers_rate(alice: Subject, bob: Subject) -> None:
    for _ in range(30):
        ask(alice)
    assert ask(bob).allowed


def test_a_slot_comes_free_when_told() -> None:
    def limited(seconds: float) -> Limits:
        return replace(NO_GAP, requests_per_minute=2, minute_seconds=seconds)

    alice, seconds, (first, _, refused) = in_time(
        lambda alice, seconds: [ask(alice, limits=limited(seconds)) for _ in range(3)]
    )
    assert refused.code == "rate_limited"
    # Refused attempts count, so the second and third are what fills the minute now.
    assert refused.ends_at
    assert refused.ends_at > first.at + timedelta(seconds=seconds)
    assert refused.retry_after
    sleep(refused.retry_after)
    assert ask(alice, limits=limited(seconds)).allowed


def test_no_attempt_passes_a_rate_of_zero(alice: Subject) -> None:
    nothing = replace(NO_GAP, requests_per_minute=0)
    assert codes([ask(alice, limits=nothing) for _ in range(2)]) == ["rate_limited"] * 2


# Gap


def test_three_seconds_between_operations(alice: Subject) -> None:
    first, second = ask(alice, limits=DEFAULT), ask(alice, limits=DEFAULT)
    assert codes([first, second]) == [None, "too_soon"]
    assert second.ends_at == first.at + timedelta(seconds=3)


def test_the_gap_ends_when_told_and_refusals_do_not_prolong_it() -> None:
    def limited(seconds: float) -> Limits:
        return replace(DEFAULT, minimum_gap_seconds=seconds)

    alice, seconds, (first, _, refused) = in_time(
        lambda alice, seconds: [ask(alice, limits=limited(seconds)) for _ in range(3)]
    )
    assert refused.ends_at == first.at + timedelta(seconds=seconds)
    assert refused.retry_after
    sleep(refused.retry_after)
    assert ask(alice, limits=limited(seconds)).allowed


def test_the_gap_follows_the_person(alice: Subject, bob: Subject, alice_elsewhere: Subject) -> None:
    ask(alice, limits=DEFAULT)
    assert ask(alice_elsewhere, limits=DEFAULT).code == "too_soon"
    assert ask(bob, limits=DEFAULT).allowed


# Size


@pytest.mark.parametrize(("tokens", "code"), [(10, None), (11, "request_too_large")])
def test_ten_tokens_a_request(alice: Subject, tokens: int, code: str | None) -> None:
    assert ask(alice, tokens=tokens).code == code


def test_size_comes_before_gap_and_rate_before_size(alice: Subject) -> None:
    limits = replace(DEFAULT, requests_per_minute=2)
    verdicts = [ask(alice, limits=limits), *fail(alice, 2, limits)]
    assert codes(verdicts) == [None, "request_too_large", "rate_limited"]


# Failures and blocks


def test_the_fifth_failure_blocks_for_exactly_fifteen_minutes(alice: Subject) -> None:
    verdicts = fail(alice, 4)
    assert [verdict.pause for verdict in verdicts] == [None] * 4
    fifth, sixth = ask(alice, tokens=11), ask(alice)
    assert (fifth.code, sixth.code) == ("request_too_large", "temporarily_blocked")
    assert fifth.blocked_until == sixth.blocked_until == fifth.at + timedelta(minutes=15)
    assert fifth.new_pause
    assert not sixth.new_pause


def test_every_kind_of_refusal_is_a_failure_and_counts_once(alice: Subject) -> None:
    limits = replace(DEFAULT, requests_per_minute=5)
    verdicts = [
        ask(alice, limits=limits),
        ask(alice, limits=limits),
        ask(alice, tokens=11, limits=limits),
        *(record_bad_input(subject=alice, limits=limits) for _ in range(2)),
        ask(alice, limits=limits),
    ]
    expected = [None, "too_soon", "request_too_large", "validation_error", "validation_error", "rate_limited"]
    assert codes(verdicts) == expected
    assert [verdict.new_pause is not None for verdict in verdicts] == [False] * 5 + [True]


def test_bad_input_during_a_block_and_over_the_rate_gets_their_answers(alice: Subject) -> None:
    limits = replace(NO_GAP, requests_per_minute=1, failed_attempts_max=2)
    verdicts = [record_bad_input(subject=alice, limits=limits) for _ in range(3)]
    assert codes(verdicts) == ["validation_error", "rate_limited", "temporarily_blocked"]


def test_refusals_before_the_battery_are_no_failures(alice: Subject) -> None:
    for _ in range(10):
        count_attempt(subject=alice, limits=NO_GAP)
    assert ask(alice).allowed


def test_polling_does_not_prolong_a_block_and_the_count_starts_anew() -> None:
    def limited(seconds: float) -> Limits:
        return replace(FREE, block_seconds=seconds)

    def fail_and_poll(alice: Subject, seconds: float) -> list[Verdict]:
        last = fail(alice, 5, limited(seconds))[-1]
        return [last, *(ask(alice, limits=limited(seconds)) for _ in range(20))]

    alice, seconds, (last, *polls) = in_time(fail_and_poll)
    ends, limits = last.blocked_until, limited(seconds)
    assert {verdict.code for verdict in polls} == {"temporarily_blocked"}
    assert {verdict.ends_at for verdict in polls} == {ends}
    assert polls[-1].retry_after
    sleep(polls[-1].retry_after)
    assert ask(alice, limits=limits).allowed
    assert codes(fail(alice, 6, limits)) == ["request_too_large"] * 5 + ["temporarily_blocked"]


def test_attempts_during_a_block_count_for_the_rate(alice: Subject) -> None:
    assert fail(alice, 10)[-1].remaining == 20


def test_failures_leave_the_window(alice: Subject) -> None:
    limits = replace(FREE, failed_window_seconds=0.03)
    fail(alice, 4, limits)
    sleep(0.03)
    assert [verdict.pause for verdict in fail(alice, 4, limits)] == [None] * 4


def test_a_block_follows_the_person(alice: Subject, bob: Subject, alice_elsewhere: Subject) -> None:
    fail(alice, 5)
    assert ask(alice_elsewhere).code == "temporarily_blocked"
    assert ask(bob).allowed


def test_lifting_ends_this_block_and_no_later_one(alice: Subject) -> None:
    first = fail(alice, 5)[-1].new_pause
    assert first
    battery.lift(user_id=alice.user_id, block_key=first.key)
    assert ask(alice).allowed
    fail(alice, 5)
    battery.lift(user_id=alice.user_id, block_key=first.key)
    assert ask(alice).code == "temporarily_blocked"


# The hour


def spend(subject: Subject, total: int, limits: Limits = FREE) -> list[str]:
    """Spend `total` tokens, ten at a time, and return the flags this raised."""
    sizes = [10] * (total // 10) + [total % 10] * (total % 10 > 0)
    return [flag.rule.name for size in sizes for flag in ask(subject, size, limits).flags]


def test_token_501_raises_a_flag_and_500_does_not(alice: Subject) -> None:
    assert spend(alice, 500) == []
    verdict = ask(alice, limits=FREE)
    assert verdict.allowed
    flags = [(flag.rule.name, flag.tokens) for flag in verdict.flags]
    assert flags == [("hour_user", 501), ("hour_organization", 501)]
    assert spend(alice, 50) == []


def test_an_organization_crosses_together(alice: Subject, bob: Subject) -> None:
    assert spend(alice, 250) + spend(bob, 250) == []
    assert spend(bob, 1) == ["hour_organization"]


def test_a_flag_is_armed_again_once_the_hour_falls_back() -> None:
    before: list[Verdict] = []

    def spend_in_two_hours(alice: Subject, seconds: float) -> list[Verdict]:
        limits = replace(FREE, hour_seconds=seconds, hourly_tokens_flag=20)
        before[:] = [ask(alice, 10, limits) for _ in range(3)]
        if lasted(before) >= seconds:
            return before
        sleep(seconds)
        return [ask(alice, 10, limits) for _ in range(3)]

    _, _, after = in_time(spend_in_two_hours)
    for hour in (before, after):
        assert [flag.rule.name for verdict in hour for flag in verdict.flags] == ["hour_user", "hour_organization"]


def test_refused_requests_spend_nothing(alice: Subject) -> None:
    fail(alice, 4)
    assert stand(alice).hour_tokens_of_user == 0


# Withdrawal


def test_a_withdrawn_admission_leaves_neither_gap_nor_tokens_but_its_attempt(alice: Subject) -> None:
    withdraw(subject=alice, verdict=ask(alice, tokens=5, limits=DEFAULT))
    now = stand(alice)
    assert (now.hour_tokens_of_user, now.hour_tokens_of_organization, now.remaining) == (0, 0, 29)
    assert ask(alice, limits=DEFAULT).allowed


def test_withdrawing_twice_or_late_takes_nothing_from_others(alice: Subject) -> None:
    first, second = ask(alice, tokens=5), ask(alice, tokens=3)
    for _ in range(2):
        withdraw(subject=alice, verdict=first)
    assert stand(alice).hour_tokens_of_user == 3
    refused = ask(alice, limits=DEFAULT)
    assert refused.ends_at == second.at + timedelta(seconds=3)


def test_withdrawing_the_newest_admission_brings_back_the_gap_of_the_one_before(
    alice: Subject, alice_elsewhere: Subject
) -> None:
    first = ask(alice)
    withdraw(subject=alice_elsewhere, verdict=ask(alice_elsewhere))
    assert ask(alice, limits=DEFAULT).ends_at == first.at + timedelta(seconds=3)


def test_a_request_that_is_sent_twice_at_once_is_counted_once(alice: Subject) -> None:
    mark = uuid4().hex

    def send(tokens: int = 5) -> Verdict:
        return admit(subject=alice, tokens=tokens, limits=NO_GAP, mark=mark)

    assert send(tokens=11).code == "request_too_large", "a refusal leaves no mark"
    first = send()
    assert first.allowed
    with pytest.raises(battery.SentTwice):
        send()
    now = stand(alice)
    assert (now.remaining, now.hour_tokens_of_user) == (28, 5)
    withdraw(subject=alice, verdict=first, mark=mark)
    assert send().allowed, "what came to nothing may be tried again at once"
    withdraw(subject=alice, verdict=first, mark=mark)
    with pytest.raises(battery.SentTwice):
        send()


# Integrators


def test_an_integrators_hold_meets_size_and_hour_only(alice: Subject) -> None:
    fail(alice, 5)
    strict = replace(DEFAULT, requests_per_minute=0)
    verdicts = [admit_integrator_hold(subject=alice, tokens=10, limits=strict) for _ in range(51)]
    assert codes(verdicts) == [None] * 51
    assert [flag.rule.name for flag in verdicts[-1].flags] == ["hour_user", "hour_organization"]
    for _ in range(9):
        too_large = admit_integrator_hold(subject=alice, tokens=11, limits=strict)
        assert too_large.code == "request_too_large"


def test_an_integrators_hold_leaves_gap_rate_and_failures_alone(alice: Subject) -> None:
    for tokens in (1, *[11] * 9):
        admit_integrator_hold(subject=alice, tokens=tokens, limits=DEFAULT)
    verdict = ask(alice, limits=DEFAULT)
    assert verdict.allowed
    assert verdict.remaining == 29


# Housekeeping


def test_standing_changes_nothing(alice: Subject) -> None:
    assert [stand(alice).remaining for _ in range(3)] == [30] * 3
    blocked_until = fail(alice, 5)[-1].blocked_until
    now = stand(alice)
    assert (now.remaining, now.blocked_until) == (25, blocked_until)


def test_every_key_expires(alice: Subject) -> None:
    ask(alice)
    fail(alice, 4)
    client = battery._client(settings.REDIS_URL)
    ours = [*client.scan_iter(f"*{alice.user_id}*"), *client.scan_iter(f"*{alice.organization_id}*")]
    assert len(ours) == 5
    assert all(key.startswith(settings.ABUSE_KEY_PREFIX) for key in ours)
    assert all(0 < client.pttl(key) <= 3_601_000 for key in ours)


def test_a_shorter_window_elsewhere_shortens_no_memory(alice: Subject, alice_elsewhere: Subject) -> None:
    fail(alice, 1, replace(NO_GAP, failed_window_seconds=7200))
    fail(alice_elsewhere, 1)
    key = f"{settings.ABUSE_KEY_PREFIX}user:{alice.user_id}:failures"
    assert battery._client(settings.REDIS_URL).pttl(key) > 7_000_000


def test_a_log_stays_bounded(alice: Subject) -> None:
    for _ in range(1100):
        count_attempt(subject=alice, limits=DEFAULT)
    key = f"{settings.ABUSE_KEY_PREFIX}user:{alice.user_id}:attempts"
    assert battery._client(settings.REDIS_URL).llen(key) == 1000
