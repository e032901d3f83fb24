"""The battery's table, and what follows from evidence. No store, no clock."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from abuse import rules
from abuse.actions import REFUSALS, refuse
from abuse.rules import BLOCK, GAP, OPERATION, RATE, SIZE, Evidence, Limits, judge

pytestmark = pytest.mark.fast


SECOND = 1_000_000
NOW = 1_800_000_000 * SECOND

QUIET = Evidence(
    admission_id=UUID(int=7),
    tokens=3,
    limits=Limits(),
    now=NOW,
    refused_by="",
    attempts=1,
    oldest_attempt=NOW,
    last_accepted=0,
    block_key="",
    block_rule="",
    block_started=0,
    block_ends=0,
    user_tokens=3,
    organization_tokens=3,
)


GAP_BLOCK: dict[str, Any] = {"block_key": str(uuid4()), "block_rule": "gap"}


@pytest.mark.parametrize(
    ("name", "code", "status", "default", "unit"),
    [
        ("block", "temporarily_blocked", 423, 5, "failed attempts"),
        ("rate", "rate_limited", 429, 30, "attempts a minute"),
        ("size", "request_too_large", 422, 10, "tokens"),
        ("gap", "too_soon", 429, 3, "seconds"),
        ("bad_input", "validation_error", 422, 5, "failed attempts"),
        ("output", "ai_output_invalid", 502, 2000, "model output tokens"),
        ("hour_user", "fraud_flagged", 200, 500, "tokens"),
        ("hour_organization", "fraud_flagged", 200, 500, "tokens"),
    ],
)
def test_the_table(name: str, code: str, status: int, default: float, unit: str) -> None:
    rule = rules.RULES[name]
    assert (rule.code, rule.status, rule.default, rule.unit) == (code, status, default, unit)


def test_windows_and_pauses() -> None:
    assert len(fields(Limits)) == 10
    limits = Limits()
    assert (limits.failed_window_seconds, limits.block_seconds) == (15 * 60, 15 * 60)
    assert (limits.minute_seconds, limits.hour_seconds) == (60, 3600)


def test_the_order_is_block_rate_size_gap() -> None:
    assert OPERATION.rules == (BLOCK, RATE, SIZE, GAP)


def test_nothing_refused() -> None:
    verdict = judge(QUIET)
    assert verdict.allowed
    assert (verdict.code, verdict.reason, verdict.flags) == (None, "", ())
    assert (verdict.retry_after, verdict.ends_at, verdict.blocked_until) == (None, None, None)
    assert (verdict.limit, verdict.remaining, verdict.reset_seconds) == (30, 29, 60)
    refuse(verdict)


@pytest.mark.parametrize(
    ("evidence", "retry_after", "reason"),
    [
        (
            replace(QUIET, refused_by="gap", last_accepted=NOW - SECOND // 2),
            2.5,
            "Two AI requests must be at least 3 seconds apart. Try again in 3 seconds.",
        ),
        (
            replace(QUIET, refused_by="rate", attempts=30, oldest_attempt=NOW - 59 * SECOND),
            1,
            "You can make 30 AI requests a minute, and refused ones count too. Try again in 1 second.",
        ),
        (
            replace(QUIET, refused_by="size", tokens=11),
            None,
            "One request can ask for at most 10 tokens; this one asks for 11.",
        ),
        (
            replace(QUIET, refused_by="block", block_ends=NOW + 899 * SECOND, **GAP_BLOCK),
            899,
            "AI requests are paused after 5 refused attempts. Try again in 15 minutes.",
        ),
    ],
    ids=lambda value: value.refused_by if isinstance(value, Evidence) else "",
)
def test_a_refusal_says_why_and_when(evidence: Evidence, retry_after: float | None, reason: str) -> None:
    verdict = judge(evidence)
    assert not verdict.allowed
    assert (verdict.reason, verdict.retry_after) == (reason, retry_after)
    with pytest.raises(REFUSALS[evidence.refused_by]) as raised:
        refuse(verdict)
    rule = rules.RULES[evidence.refused_by]
    assert (raised.value.code, raised.value.status, raised.value.detail) == (rule.code, rule.status, reason)
    assert raised.value.details["rule"] == rule.name
    assert raised.value.details["limit"] == rule.default
    assert ("ends" in raised.value.details) == (retry_after is not None)


def test_waiting_counts_every_rule_that_is_in_the_way() -> None:
    """When the 30th attempt of a minute is too soon, the rate would still refuse after the gap."""
    evidence = replace(
        QUIET, refused_by="gap", last_accepted=NOW - SECOND, attempts=30, oldest_attempt=NOW - 20 * SECOND
    )
    assert judge(evidence).retry_after == 40


def test_the_failure_that_blocks_keeps_its_own_code_and_tells_of_the_block() -> None:
    evidence = replace(
        QUIET,
        refused_by="size",
        tokens=11,
        block_key=str(QUIET.admission_id),
        block_rule="size",
        block_started=NOW,
        block_ends=NOW + 900 * SECOND,
    )
    verdict = judge(evidence)
    assert (verdict.code, verdict.retry_after) == ("request_too_large", 900)
    assert verdict.blocked_until == verdict.at + timedelta(minutes=15)
    assert verdict.new_pause == verdict.pause
    assert verdict.reason == (
        "One request can ask for at most 10 tokens; this one asks for 11. "
        "AI requests are paused after 5 refused attempts. Try again in 15 minutes."
    )


@pytest.mark.parametrize(("ends", "blocked"), [(NOW - 1, False), (NOW, False), (NOW + 1, True)])
def test_a_block_is_over_at_its_end(ends: int, blocked: bool) -> None:
    verdict = judge(replace(QUIET, block_ends=ends, **GAP_BLOCK))
    assert (verdict.blocked_until is not None) is blocked


@pytest.mark.parametrize(
    ("user", "organization", "flagged"),
    [
        (500, 500, []),
        (501, 501, ["hour_user", "hour_organization"]),
        (503, 503, ["hour_user", "hour_organization"]),
        (504, 504, []),
        (9, 501, ["hour_organization"]),
    ],
)
def test_the_admission_that_crosses_is_flagged(user: int, organization: int, flagged: list[str]) -> None:
    evidence = replace(QUIET, user_tokens=user, organization_tokens=organization)
    assert [crossing.rule.name for crossing in judge(evidence).flags] == flagged


def test_a_refused_request_crosses_nothing() -> None:
    assert judge(replace(QUIET, refused_by="gap", user_tokens=501, organization_tokens=501)).flags == ()


def test_limits_are_those_handed_in() -> None:
    limits = Limits(requests_per_minute=0, hourly_tokens_flag=2)
    verdict = judge(replace(QUIET, limits=limits))
    assert verdict.remaining == 0
    assert [crossing.limit for crossing in verdict.flags] == [2, 2]
