"""What every provider's call has in common: its deadline, and every failure turned into a reply."""

import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import httpx2

from quests.providers.reply import GARBAGE, NOTHING, ProviderCall, Reply
from saas.kernel import background
from saas.kernel.http_client import ResponseTooLarge
from saas.metering.ai import AttemptResult

log = logging.getLogger(__name__)

NO_KEY = "none"
"""For servers that want no key. Without any, an SDK looks for one in the environment and sends that."""


def ask(call: ProviderCall, work: Coroutine[Any, Any, bytes], understand: Callable[[Any], Reply]) -> Reply:
    """Run `work` under the call's deadline and understand the JSON it returns; failures are replies too."""
    try:
        body = background.run(work, seconds=call.seconds)
    except TimeoutError:
        return Reply(AttemptResult.TIMED_OUT, healthy=False)
    except Exception as error:  # whatever an SDK raises, the operation failed and its hold must end as failed
        return _failure(call, error)
    try:
        return understand(json.loads(body))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return GARBAGE


def as_json(request: dict[str, Any]) -> bytes:
    """Return a request's body, for the `post` of an SDK's client.

    Its typed methods walk the request by their parameters' types and build a typed answer of whatever came, unchecked:
    as much work again as the call itself.
    """
    return json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode()


def _failure(call: ProviderCall, error: Exception) -> Reply:
    """Judge by the HTTP status that the SDKs put on their errors, or by what broke below them."""
    status, cause = getattr(error, "status_code", None), error.__cause__
    # Never the message: it may quote the prompt or the key.
    log.warning("%s failed: %r, %s, %s", call.config.provider, type(error), type(cause).__name__, status)
    if isinstance(cause, ResponseTooLarge):
        return GARBAGE
    if status == 429:
        return Reply(AttemptResult.RATE_LIMITED, usage=NOTHING, healthy=False)
    if status is not None:
        return Reply(AttemptResult.FAILED, usage=NOTHING, healthy=status in (400, 413, 422))
    unsent = isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout)
    return Reply(AttemptResult.FAILED, usage=NOTHING if unsent else None, healthy=False)
