"""The rules of the battery as a table, and the verdict that follows from what was measured. Pure.

What changes a counter is decided in `battery.lua`, once and atomically. The script says which rule refused;
`judge` adds what follows from it: the code, the sentence, the waiting time, the block and the flags.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Limits:
    """What one organization's people may do; the caller resolves plans and overrides.

    `minute_seconds` and `hour_seconds` are the lengths of the two sliding windows.
    """

    requests_per_minute: int = 30
    minimum_gap_seconds: float = 3
    request_tokens_max: int = 10
    output_tokens_max: int = 2000
    hourly_tokens_flag: int = 500
    failed_attempts_max: int = 5
    failed_window_seconds: float = 900
    block_seconds: float = 900
    minute_seconds: float = 60
    hour_seconds: float = 3600


@dataclass(frozen=True)
class Subject:
    """A person acting in an organization; an API key acts as the user who made it."""

    organization_id: UUID
    user_id: UUID


@dataclass(frozen=True)
class Rule:
    """One line of the battery. One whose status is no error refuses nothing: it flags."""

    name: str
    code: str
    status: int
    sentence: str
    counted: str
    limit_name: str
    unit: str
    waiting_helps: bool = False

    @property
    def default(self) -> float:
        return self.limit(Limits())

    def limit(self, limits: Limits) -> float:
        value: float = getattr(limits, self.limit_name)
        return value


BLOCK = Rule(
    name="block",
    code="temporarily_blocked",
    status=423,
    sentence="AI requests are paused after {limit:g} refused attempts.",
    counted="refusals by rate, gap, size or bad input within 15 minutes",
    limit_name="failed_attempts_max",
    unit="failed attempts",
    waiting_helps=True,
)
RATE = Rule(
    name="rate",
    code="rate_limited",
    status=429,
    sentence="You can make {limit:g} AI requests a minute, and refused ones count too.",
    counted="every attempt of a user, refused ones too",
    limit_name="requests_per_minute",
    unit="attempts a minute",
    waiting_helps=True,
)
SIZE = Rule(
    name="size",
    code="request_too_large",
    status=422,
    sentence="One request can ask for at most {limit:g} tokens; this one asks for {tokens}.",
    counted="the tokens of one request",
    limit_name="request_tokens_max",
    unit="tokens",
)
GAP = Rule(
    name="gap",
    code="too_soon",
    status=429,
    sentence="Two AI requests must be at least {limit:g} seconds apart.",
    counted="the time since the user's last accepted operation",
    limit_name="minimum_gap_seconds",
    unit="seconds",
    waiting_helps=True,
)
BAD_INPUT = Rule(
    name="bad_input",
    code="validation_error",
    status=422,
    sentence="The request is not valid.",
    counted="requests that fail validation, as failed attempts",
    limit_name="failed_attempts_max",
    unit="failed attempts",
)
OUTPUT = Rule(
    name="output",
    code="ai_output_invalid",
    status=502,
    sentence="The AI answered with more than {limit:g} model output tokens.",
    counted="the model output tokens of one response",
    limit_name="output_tokens_max",
    unit="model output tokens",
)
HOUR_OF_USER = Rule(
    name="hour_user",
    code="fraud_flagged",
    status=200,
    sentence="More than {limit:g} tokens in an hour by one user.",
    counted="tokens accepted from a user in an hour",
    limit_name="hourly_tokens_flag",
    unit="tokens",
)
HOUR_OF_ORGANIZATION = Rule(
    name="hour_organization",
    code="fraud_flagged",
    status=200,
    sentence="More than {limit:g} tokens in an hour by one organization.",
    counted="tokens accepted from an organization in an hour",
    limit_name="hourly_tokens_flag",
    unit="tokens",
)

RULES = {rule.name: rule for rule in (BLOCK, RATE, SIZE, GAP, BAD_INPUT, OUTPUT, HOUR_OF_USER, HOUR_OF_ORGANIZATION)}


@dataclass(frozen=True)
class RequestRules:
    """The rules that are checked for a kind of request, in order, and which counters it adds to.

    `counts`: it is an attempt, and its refusal a failure. `spends`: unless refused, its tokens are accepted.
    """

    rules: tuple[Rule, ...] = ()
    counts: bool = False
    spends: bool = False


OPERATION = RequestRules(rules=(BLOCK, RATE, SIZE, GAP), counts=True, spends=True)
INVALID_REQUEST = RequestRules(rules=(BLOCK, RATE, BAD_INPUT), counts=True)
REFUSED_BEFORE = RequestRules(counts=True)
INTEGRATOR_HOLD = RequestRules(rules=(SIZE,), spends=True)


@dataclass(frozen=True)
class Evidence:
    """The counters measured for one request. Instants are microseconds since 1970; 0 is never."""

    admission_id: UUID
    tokens: int
    limits: Limits
    now: int
    refused_by: str
    attempts: int
    oldest_attempt: int
    last_accepted: int
    block_key: str
    block_rule: str
    block_started: int
    block_ends: int
    user_tokens: int
    organization_tokens: int


@dataclass(frozen=True)
class Pause:
    """A block in force. `key` is the id of the failed attempt that began it, `rule` what refused that one."""

    key: UUID
    rule: Rule
    started_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Crossing:
    """The moment an hour's tokens passed the limit. `key` is the id of the admission that did it."""

    key: UUID
    rule: Rule
    tokens: int
    limit: int
    at: datetime


@dataclass(frozen=True)
class Verdict:
    """The battery's answer to one request.

    `retry_after` is in how many seconds the same request would pass if nothing else is asked meanwhile; None
    where waiting does not help. `pause` is the block in force after this attempt. `limit`, `remaining` and
    `reset_seconds` describe the rate; the next attempt comes free in `reset_seconds`.
    """

    admission_id: UUID
    at: datetime
    tokens: int
    rule: Rule | None
    rule_limit: float | None
    reason: str
    retry_after: float | None
    pause: Pause | None
    flags: tuple[Crossing, ...]
    limit: int
    remaining: int
    reset_seconds: float

    @property
    def allowed(self) -> bool:
        return self.rule is None

    @property
    def code(self) -> str | None:
        return self.rule.code if self.rule else None

    @property
    def status(self) -> int | None:
        return self.rule.status if self.rule else None

    @property
    def ends_at(self) -> datetime | None:
        """When the same request would pass; None where waiting does not help."""
        return None if self.retry_after is None else self.at + timedelta(seconds=self.retry_after)

    @property
    def blocked_until(self) -> datetime | None:
        return self.pause.ends_at if self.pause else None

    @property
    def new_pause(self) -> Pause | None:
        """The block that this very attempt began."""
        return self.pause if self.pause and self.pause.key == self.admission_id else None


def judge(evidence: Evidence) -> Verdict:
    """The verdict that follows from what was measured."""
    rule = RULES.get(evidence.refused_by)
    pause = _pause(evidence)
    retry_after = _retry_after(evidence, rule, pause)
    limits = evidence.limits
    return Verdict(
        admission_id=evidence.admission_id,
        at=_instant(evidence.now),
        tokens=evidence.tokens,
        rule=rule,
        rule_limit=rule.limit(limits) if rule else None,
        reason=_reason(evidence, rule, retry_after),
        retry_after=retry_after,
        pause=pause,
        flags=() if rule else _crossings(evidence),
        limit=limits.requests_per_minute,
        remaining=max(0, limits.requests_per_minute - evidence.attempts),
        reset_seconds=_left(evidence.oldest_attempt, limits.minute_seconds, evidence.now),
    )


def _pause(evidence: Evidence) -> Pause | None:
    if evidence.block_ends <= evidence.now:
        return None
    return Pause(
        key=UUID(evidence.block_key),
        rule=RULES[evidence.block_rule],
        started_at=_instant(evidence.block_started),
        ends_at=_instant(evidence.block_ends),
    )


def _retry_after(evidence: Evidence, rule: Rule | None, pause: Pause | None) -> float | None:
    if rule is None or not (rule.waiting_helps or pause):
        return None
    limits, now = evidence.limits, evidence.now
    waits = [
        _left(evidence.last_accepted, limits.minimum_gap_seconds, now),
        _left(evidence.block_ends, 0, now),
    ]
    if evidence.attempts >= limits.requests_per_minute:
        waits.append(_left(evidence.oldest_attempt, limits.minute_seconds, now))
    return max(waits)


def _reason(evidence: Evidence, rule: Rule | None, retry_after: float | None) -> str:
    if rule is None:
        return ""
    rules = (rule, BLOCK) if evidence.block_key == str(evidence.admission_id) else (rule,)
    sentences = [each.sentence.format(limit=each.limit(evidence.limits), tokens=evidence.tokens) for each in rules]
    if retry_after is not None:
        sentences.append(f"Try again in {_duration(retry_after)}.")
    return " ".join(sentences)


def _crossings(evidence: Evidence) -> tuple[Crossing, ...]:
    # Between admissions an hour's sum only falls, so the sum just before this one shows whether it crosses.
    limit = evidence.limits.hourly_tokens_flag
    sums = ((HOUR_OF_USER, evidence.user_tokens), (HOUR_OF_ORGANIZATION, evidence.organization_tokens))
    return tuple(
        Crossing(key=evidence.admission_id, rule=rule, tokens=after, limit=limit, at=_instant(evidence.now))
        for rule, after in sums
        if after - evidence.tokens <= limit < after
    )


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _left(since: int, duration_seconds: float, now: int) -> float:
    return max(0, since + microseconds(duration_seconds) - now) / 1_000_000


def microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _duration(seconds: float) -> str:
    whole = ceil(seconds)
    count, unit = (ceil(whole / 60), "minute") if whole > 120 else (whole, "second")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
