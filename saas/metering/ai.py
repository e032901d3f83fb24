"""Results of calls to AI providers: attempts, and the four errors."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from saas.kernel.errors import DomainError


class AttemptResult(StrEnum):
    """How one attempt ended."""

    OK = "ok"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    INVALID = "invalid"
    TIMED_OUT = "timed_out"
    RATE_LIMITED = "rate_limited"
    FAILED = "failed"


@dataclass(frozen=True)
class ProviderAttempt:
    """One call of one provider, as it is recorded.

    `cost_usd` is None when the model's price is unknown, 0 when nothing is billed. `usage_estimated` says
    that the provider gave no usable figures: the counts are then on the high side, since a call that timed
    out may have been billed all the same.
    """

    provider: str
    model: str
    outcome: AttemptResult
    model_input_tokens: int
    model_output_tokens: int
    milliseconds: int
    cost_usd: Decimal | None
    usage_estimated: bool = False


class AiError(DomainError):
    """The AI delivered nothing. `attempts` are the calls made, to be recorded with their real cost."""

    always: ClassVar[dict[str, Any]] = {"refunded": True}

    def __init__(
        self,
        detail: str,
        *,
        attempts: tuple[ProviderAttempt, ...] = (),
        retry_after: float | None = None,
        **details: Any,
    ) -> None:
        super().__init__(detail, retry_after=retry_after, **self.always, **details)
        self.attempts = attempts


class AiFailed(AiError):
    """The provider broke down or declined the request."""

    code, status, title = "ai_failed", 502, "The AI did not deliver"


class AiOutputInvalid(AiError):
    """The provider answered, but not with what was asked for."""

    code, status, title = "ai_output_invalid", 502, "The AI's answer was not usable"


class AiTimeout(AiError):
    """The provider did not answer within the deadline."""

    code, status, title = "ai_timeout", 504, "The AI took too long"


class AiUnavailable(AiError):
    """No provider can be asked now: not configured, or resting after repeated failures. Nothing was held."""

    code, status, title = "ai_unavailable", 503, "AI is not available right now"
    always: ClassVar[dict[str, Any]] = {}
