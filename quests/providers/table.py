"""The providers there are, and those that are configured."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings

from quests.providers.reply import ProviderCall, ProviderConfig, Reply
from saas.metering.ai import AiUnavailable

ADAPTERS = {
    "builtin": "quests.providers.builtin",
    "openai": "quests.providers.openai_chat",
    "anthropic": "quests.providers.anthropic_messages",
}
"""Modules with a function `ask(call) -> Reply`, imported on first use: an SDK takes seconds to import."""

BUILTIN = ProviderConfig("builtin", "planner-1")


@cache
def adapter(provider: str) -> Callable[[ProviderCall], Reply]:
    """Return the function that asks this provider."""
    ask: Callable[[ProviderCall], Reply] = import_module(ADAPTERS[provider]).ask
    return ask


def configs() -> tuple[ProviderConfig, ...]:
    """Return the provider of AI_* and then those of AI_FALLBACK, each set by AI_<NAME>_*.

    Raises AiUnavailable when one is unknown or incomplete: a fallback that cannot work should show at once.
    Their adapters are imported here, before any deadline runs.
    """
    fallbacks = (_config(name, f"AI_{name.upper()}_") for name in settings.AI_FALLBACK)
    found = _config(settings.AI_PROVIDER, "AI_"), *fallbacks
    for config in found:
        adapter(config.provider)
    return found


def _config(provider: str, prefix: str) -> ProviderConfig:
    if provider == "builtin":
        return BUILTIN
    config = ProviderConfig(
        provider,
        model=_setting(f"{prefix}MODEL"),
        base_url=_setting(f"{prefix}BASE_URL"),
        api_key=_setting(f"{prefix}API_KEY"),
        response_bytes_max=settings.AI_RESPONSE_BYTES_MAX,
    )
    if provider not in ADAPTERS or not config.model or not (config.api_key or config.base_url):
        raise AiUnavailable("The AI provider is not configured. Nothing was charged.")
    return config


def _setting(name: str) -> Any:
    return getattr(settings, name, "")
