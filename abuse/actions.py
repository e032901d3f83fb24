"""Check requests against the battery, raise its refusals, and save its blocks and flags for staff."""

import contextlib
from functools import partial
from typing import Any, cast
from uuid import UUID

from django.db.models.functions import Least

from abuse import battery
from abuse.events import BlockReviewed, BlockStarted, FlagRaised, FlagReviewed
from abuse.models import DECISIONS, UNDECIDED, Block, Flag, Review
from abuse.rules import (
    BAD_INPUT,
    BLOCK,
    GAP,
    INTEGRATOR_HOLD,
    INVALID_REQUEST,
    OPERATION,
    RATE,
    REFUSED_BEFORE,
    SIZE,
    Crossing,
    Limits,
    Pause,
    RequestRules,
    Subject,
    Verdict,
    judge,
)
from audit import actions as audit_actions
from saas.accounts.models import User
from saas.kernel import tenancy
from saas.kernel.clock import as_text, database_now
from saas.kernel.errors import Conflict, DomainError, Invalid
from saas.kernel.transactions import run_after_commit, transaction


class Refusal(DomainError):
    """The battery refused. Details: `rule`, its `limit`, when waiting `ends`, and `blocked_until`."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason, retry_after=verdict.retry_after, **_details(verdict))
        self.verdict = verdict


class TemporarilyBlocked(Refusal):
    """Too many failed attempts: a pause is on."""

    code, status, title = BLOCK.code, BLOCK.status, "AI requests are paused"


class AiRateLimited(Refusal):
    """Too many attempts in the last minute."""

    code, status, title = RATE.code, RATE.status, "Too many AI requests"


class RequestTooLarge(Refusal):
    """More tokens than one request may ask for."""

    code, status, title = SIZE.code, SIZE.status, "Request too large"


class TooSoon(Refusal):
    """Too close to the user's last accepted operation."""

    code, status, title = GAP.code, GAP.status, "A little too soon"


class BadInput(Refusal):
    """The request failed validation."""

    code, status, title = BAD_INPUT.code, BAD_INPUT.status, Invalid.title


REFUSALS: dict[str, type[Refusal]] = {
    BLOCK.name: TemporarilyBlocked,
    RATE.name: AiRateLimited,
    SIZE.name: RequestTooLarge,
    GAP.name: TooSoon,
    BAD_INPUT.name: BadInput,
}


REVIEW_EVENTS = {Block: BlockReviewed, Flag: FlagReviewed}


class AlreadyReviewed(Conflict):
    """Somebody else decided first, or the item was seen already."""


def admit(*, subject: Subject, tokens: int, limits: Limits, mark: str | None = None) -> Verdict:
    """Count an attempt at an AI operation of `tokens` and judge it; if admitted, note its gap and tokens.

    `mark` names the request: a double click must not be counted twice. Raises AbuseStoreUnavailable, SentTwice.
    """
    return judge(battery.measure(check=OPERATION, subject=subject, tokens=tokens, limits=limits, mark=mark))


def admit_integrator_hold(*, subject: Subject, tokens: int, limits: Limits) -> Verdict:
    """Judge a hold for an integrator's own AI: it meets the size and the hourly rule only.

    Raises AbuseStoreUnavailable.
    """
    return _ask(INTEGRATOR_HOLD, subject=subject, tokens=tokens, limits=limits)


def record_bad_input(*, subject: Subject, limits: Limits) -> Verdict:
    """Count an attempt that failed validation, and its failure; a block or the rate still answers first.

    Raises AbuseStoreUnavailable.
    """
    return _ask(INVALID_REQUEST, subject=subject, tokens=0, limits=limits)


def count_attempt(*, subject: Subject, limits: Limits) -> None:
    """Count an attempt that was refused before the battery checked it, toward the rate only. Never raises."""
    with contextlib.suppress(battery.AbuseStoreUnavailable):
        battery.measure(check=REFUSED_BEFORE, subject=subject, tokens=0, limits=limits)


def withdraw(*, subject: Subject, verdict: Verdict, mark: str | None = None) -> None:
    """Take back the gap, the tokens and the mark of an admission that was not used. The attempt stays counted.

    Without the store they stay too: at worst the user waits one gap and an hour's sum is too high.
    """
    with contextlib.suppress(battery.AbuseStoreUnavailable):
        battery.withdraw(subject=subject, admission_id=verdict.admission_id, tokens=verdict.tokens, mark=mark)


def refuse(verdict: Verdict) -> None:
    """Raise the Refusal that belongs to the verdict; an allowed one passes."""
    if verdict.rule:
        raise REFUSALS[verdict.rule.name](verdict)


def record(*, subject: Subject, verdict: Verdict) -> None:
    """Save the block and the flags that the verdict began, for staff. Most verdicts begin none and cost nothing."""
    if verdict.new_pause:
        record_block(subject=subject, pause=verdict.new_pause)
    for crossing in verdict.flags:
        record_flag(subject=subject, crossing=crossing)


def record_block(*, subject: Subject, pause: Pause) -> Block:
    """Write the block's row and event, once."""
    block: Block
    with tenancy.organization(subject.organization_id), transaction():
        block, created = Block.objects.get_or_create(
            organization_id=subject.organization_id,
            key=pause.key,
            defaults={
                "user_id": subject.user_id,
                "rule": pause.rule.name,
                "started_at": pause.started_at,
                "ended_at": pause.ends_at,
            },
        )
        if created:
            audit_actions.record(
                BlockStarted(block=block.id, user=block.user_id, rule=block.rule, ends_at=block.ended_at)
            )
    return block


def record_flag(*, subject: Subject, crossing: Crossing) -> Flag:
    """Write the flag's row and event, once."""
    flag: Flag
    with tenancy.organization(subject.organization_id), transaction():
        flag, created = Flag.objects.get_or_create(
            organization_id=subject.organization_id,
            key=crossing.key,
            rule=crossing.rule.name,
            defaults={
                "user_id": subject.user_id,
                "started_at": crossing.at,
                "tokens": crossing.tokens,
                "limit": crossing.limit,
            },
        )
        if created:
            audit_actions.record(
                FlagRaised(flag=flag.id, user=flag.user_id, rule=flag.rule, tokens=flag.tokens, limit=flag.limit)
            )
    return flag


def review(*, item: Block | Flag, status: Review, note: str, reviewer: User) -> None:
    """Mark an item seen, cleared or upheld; clearing a block also ends it at once, in the row and in the store.

    Raises Invalid when a decision has no note, AlreadyReviewed when it was made before. Raises
    AbuseStoreUnavailable when the store did not lift the block: the review stands, the block runs out.
    """
    if status in DECISIONS and not note.strip():
        raise Invalid("A decision needs a reason. Say why, in the note.", field="note")
    with tenancy.organization(cast(UUID, item.organization_id)), transaction():
        _move(item, status=status, note=note.strip(), reviewer=reviewer)
        audit_actions.record(REVIEW_EVENTS[type(item)](item=item.id, status=status), reason=note.strip())
        if isinstance(item, Block) and status == Review.CLEARED:
            run_after_commit(partial(battery.lift, user_id=item.user_id, block_key=item.key))


def _move(item: Block | Flag, *, status: Review, note: str, reviewer: User) -> None:
    before = UNDECIDED if status in DECISIONS else (Review.OPEN,)
    now = database_now()
    change: dict[str, Any] = {"status": status, "note": note, "reviewed_by": reviewer, "reviewed_at": now}
    if isinstance(item, Block) and status == Review.CLEARED:
        change["ended_at"] = Least("ended_at", now)
    moved = type(item).objects.filter(pk=item.pk, status__in=before).update(**change)
    if moved != 1:  # another member of staff got there first
        raise AlreadyReviewed("This was reviewed meanwhile. Reload to see the decision.")
    item.refresh_from_db()


def _ask(check: RequestRules, *, subject: Subject, tokens: int, limits: Limits) -> Verdict:
    return judge(battery.measure(check=check, subject=subject, tokens=tokens, limits=limits))


def _details(verdict: Verdict) -> dict[str, Any]:
    details = {
        "rule": verdict.rule.name if verdict.rule else None,
        "limit": verdict.rule_limit,
        "ends": as_text(verdict.ends_at) if verdict.ends_at else None,
        "blocked_until": as_text(verdict.blocked_until) if verdict.blocked_until else None,
    }
    return {name: value for name, value in details.items() if value is not None}
