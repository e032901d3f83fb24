"""A prompt, and the completion that a provider delivered."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from saas.metering.ai import ProviderAttempt

Content = dict[str, Any]


def as_it_is(content: Content) -> Content:
    """Return the content unchanged: for features that need no more than the schema."""
    return content


@dataclass(frozen=True)
class Prompt:
    """One question, which `ask` puts into words. `plan` is our own answer to it, given by the provider `builtin`.

    `parts` names the list in the content which may be delivered in part: an entry that breaks the schema,
    that `adjust` refuses with ValueError, or that repeats the name (first required field) of another is
    dropped, and entries beyond `maxItems` are cut. `adjust` makes an entry exact for the goal at hand.
    `finish` adds to valid content what nobody was asked for because we know it ourselves.
    """

    name: str
    system: str
    ask: Callable[[], str]
    schema: Content
    plan: Callable[[], Content]
    max_output_tokens: int = 2000
    parts: str = ""
    adjust: Callable[[Content], Content] = as_it_is
    finish: Callable[[Content], Content] = as_it_is

    @cached_property
    def user(self) -> str:
        """Return the question; whoever plans without a model never needs it."""
        return self.ask()


@dataclass(frozen=True)
class Completion:
    """Content that passed every check, who wrote it, and all attempts it took."""

    content: Content
    provider: str
    model: str
    attempts: tuple[ProviderAttempt, ...]
