"""Ask the configured providers, one after the other, until one delivers or the deadline has come."""

import math
import time
from contextlib import suppress

from django.conf import settings

from quests.providers import output, prices
from quests.providers.breaker import breaker
from quests.providers.prompt import Completion, Content, Prompt
from quests.providers.reply import ModelUsage, ProviderCall, ProviderConfig, Reply
from quests.providers.table import BUILTIN, adapter, configs
from saas.metering.ai import (
    AiError,
    AiFailed,
    AiOutputInvalid,
    AiTimeout,
    AiUnavailable,
    AttemptResult,
    ProviderAttempt,
)

DEADLINE_SECONDS_MAX = 30.0
SHARE_BEFORE_FALLBACK = 2 / 3
"""Of the time left, what a provider gets while another one stands behind it."""

BYTES_PER_TOKEN = 3
"""For estimates on the high side: English has about 4 bytes to a word-piece, Chinese about 3."""


def load() -> None:
    """Import what the configured providers need, so that no request waits for it. What is wrong is said by a call."""
    with suppress(AiUnavailable):
        if any(config != BUILTIN for config in configs()):
            prices.load()


def check_ready(candidates: tuple[ProviderConfig, ...] | None = None) -> None:
    """Raise AiUnavailable if no provider can be called now; call this before anything is held."""
    wait = min(breaker(config).wait_seconds() for config in candidates or configs())
    if wait:
        raise _resting(wait)


def complete(prompt: Prompt, candidates: tuple[ProviderConfig, ...] | None = None) -> Completion:
    """Return the first usable answer, within AI_DEADLINE_SECONDS (30 at most) over all providers.

    Asked are the `candidates`, by default the configured providers. Raises AiTimeout, AiFailed or AiOutputInvalid
    after the last attempt's outcome, with all attempts; AiUnavailable when there is nobody to ask. A refusal is
    final: no other provider is asked to overrule it.
    """
    candidates = candidates or configs()
    deadline = time.monotonic() + min(settings.AI_DEADLINE_SECONDS, DEADLINE_SECONDS_MAX)
    tokens_max = min(prompt.max_output_tokens, int(settings.AI_OUTPUT_TOKENS_MAX))
    attempts: list[ProviderAttempt] = []
    for place, config in enumerate(candidates, start=1):
        seconds = _share(deadline, candidates[place:])
        if seconds <= 0 or not breaker(config).admit():
            continue
        attempt, content = _attempt(ProviderCall(config, prompt, tokens_max, seconds))
        attempts.append(attempt)
        if content is not None:
            return Completion(content, config.provider, config.model, tuple(attempts))
        if attempt.outcome is AttemptResult.REFUSED:
            break
    raise _error(tuple(attempts), candidates)


def _share(deadline: float, behind: tuple[ProviderConfig, ...]) -> float:
    left = deadline - time.monotonic()
    helped = any(not breaker(other).wait_seconds() for other in behind)
    return left * SHARE_BEFORE_FALLBACK if helped else left


def _attempt(call: ProviderCall) -> tuple[ProviderAttempt, Content | None]:
    started = time.monotonic()
    reply = adapter(call.config.provider)(call)
    breaker(call.config).record(healthy=reply.healthy)
    usage = _estimate(call, reply) if reply.usage is None else reply.usage
    outcome, content = _judge(call, reply, usage)
    return ProviderAttempt(
        provider=call.config.provider,
        model=call.config.model,
        outcome=outcome,
        model_input_tokens=usage.input_tokens,
        model_output_tokens=usage.output_tokens,
        milliseconds=round((time.monotonic() - started) * 1000),
        cost_usd=prices.cost_usd(call.config, usage),
        usage_estimated=reply.usage is None,
    ), content


def _judge(call: ProviderCall, reply: Reply, usage: ModelUsage) -> tuple[AttemptResult, Content | None]:
    """Believe a reply that ended well, kept to the size asked for, and says what was asked."""
    if reply.outcome is not AttemptResult.OK:
        return reply.outcome, None
    if usage.output_tokens > call.output_tokens_max:
        return AttemptResult.INVALID, None
    try:
        return AttemptResult.OK, output.read(reply.text, call.prompt)
    except output.Unusable:
        return AttemptResult.INVALID, None


def _estimate(call: ProviderCall, reply: Reply) -> ModelUsage:
    """Guess on the high side what was billed: without any text, all the output that was asked for."""
    asked = call.prompt.system + call.prompt.user + str(call.prompt.schema)
    return ModelUsage(_tokens(asked), _tokens(reply.text) if reply.text else call.output_tokens_max)


def _tokens(text: str) -> int:
    return math.ceil(len(text.encode(errors="replace")) / BYTES_PER_TOKEN)


def _resting(seconds: float) -> AiUnavailable:
    return AiUnavailable(
        "The AI provider keeps failing and is given a pause. Nothing was charged; please try again shortly.",
        retry_after=math.ceil(seconds),
    )


ERRORS: dict[AttemptResult, tuple[type[AiError], str]] = {
    AttemptResult.TIMED_OUT: (AiTimeout, "The AI did not answer in time."),
    AttemptResult.INVALID: (AiOutputInvalid, "The AI answered, but not with anything usable."),
    AttemptResult.TRUNCATED: (AiOutputInvalid, "The AI's answer was cut off."),
    AttemptResult.REFUSED: (AiFailed, "The AI declined this request; other words for the goal may help."),
    AttemptResult.RATE_LIMITED: (AiFailed, "The AI provider is too busy."),
    AttemptResult.FAILED: (AiFailed, "The AI provider failed."),
}


def _error(attempts: tuple[ProviderAttempt, ...], candidates: tuple[ProviderConfig, ...]) -> AiError:
    if not attempts:
        return _resting(min(breaker(config).wait_seconds() for config in candidates))
    outcome = attempts[-1].outcome
    kind, detail = ERRORS[outcome]
    return kind(f"{detail} Nothing was charged.", attempts=attempts, outcome=outcome)
