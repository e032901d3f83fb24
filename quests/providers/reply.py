"""The interface between `calls` and a provider's adapter: the call, and the reply."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from quests.providers.prompt import Prompt
from saas.metering.ai import AttemptResult

USAGE_MAX = 10_000_000
"""Word-pieces. A higher figure is no measurement: the largest context windows hold a tenth of it."""


class ModelUsage(NamedTuple):
    """Model usage of one call, in the provider's word-pieces."""

    input_tokens: int
    output_tokens: int


NOTHING = ModelUsage(0, 0)


@dataclass(frozen=True)
class ProviderConfig:
    """One configured provider. Equal settings make equal endpoints, so it serves as a key."""

    provider: str
    model: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    response_bytes_max: int = 0


@dataclass(frozen=True)
class ProviderCall:
    """One attempt about to be made, with the limits it runs under."""

    config: ProviderConfig
    prompt: Prompt
    output_tokens_max: int
    seconds: float


@dataclass(frozen=True)
class Reply:
    """A provider's reply, not validated yet.

    `usage` is None when the provider may have billed but gave no usable figures. `healthy` is False when it
    did not answer in its own protocol: that, and not whether we like the answer, is what its breaker counts,
    since a goal's text can provoke bad content and must not stop the provider for everybody else.
    """

    outcome: AttemptResult
    text: str = ""
    usage: ModelUsage | None = None
    healthy: bool = True


GARBAGE = Reply(AttemptResult.INVALID, healthy=False)


def usage_of(figures: Any, input_name: str, output_name: str) -> ModelUsage | None:
    """Read a provider's usage figures; None unless both are whole numbers from 0 to USAGE_MAX."""
    if not isinstance(figures, dict):
        return None
    counts = [figures.get(name) for name in (input_name, output_name)]
    whole = [count for count in counts if type(count) is int and 0 <= count <= USAGE_MAX]
    return ModelUsage(*whole) if len(whole) == len(counts) else None
