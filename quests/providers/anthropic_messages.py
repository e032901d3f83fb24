"""Anthropic's messages, with structured output."""

import asyncio
from functools import cache
from typing import Any

import httpx2
from anthropic import AsyncAnthropic, transform_schema

from quests.providers import wire
from quests.providers.reply import ProviderCall, ProviderConfig, Reply, usage_of
from saas.kernel import http_client
from saas.metering.ai import AttemptResult

BASE_URL = "https://api.anthropic.com"
ENDINGS = {"end_turn": AttemptResult.OK, "max_tokens": AttemptResult.TRUNCATED, "refusal": AttemptResult.REFUSED}


def ask(call: ProviderCall) -> Reply:
    """Ask once, with a JSON schema as the output format."""
    return wire.ask(call, _create(call), _understand)


async def _create(call: ProviderCall) -> bytes:
    request = {
        "model": call.config.model,
        "max_tokens": call.output_tokens_max,
        "system": call.prompt.system,
        "messages": [{"role": "user", "content": call.prompt.user}],
        "output_config": {"format": {"type": "json_schema", "schema": transform_schema(call.prompt.schema)}},
    }
    client = _client(call.config, asyncio.get_running_loop())
    response = await client.post("/v1/messages", cast_to=httpx2.Response, content=wire.as_json(request))
    return response.content


@cache
def _client(config: ProviderConfig, _loop: asyncio.AbstractEventLoop) -> AsyncAnthropic:
    """Keep one client per provider config and loop: connections belong to the loop they were opened on."""
    return AsyncAnthropic(
        api_key=config.api_key or wire.NO_KEY,
        base_url=config.base_url or BASE_URL,
        max_retries=0,
        http_client=http_client.client(bytes_max=config.response_bytes_max),
        open_telemetry=False,
    )


def _understand(answer: Any) -> Reply:
    text = "".join(block["text"] for block in answer["content"] if block["type"] == "text")
    ending = ENDINGS.get(answer["stop_reason"], AttemptResult.INVALID)
    return Reply(ending, text, usage_of(answer.get("usage"), "input_tokens", "output_tokens"))
