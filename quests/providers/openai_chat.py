"""OpenAI's chat completions, and every server that speaks them: Ollama, vLLM, llama.cpp."""

import asyncio
from functools import cache
from typing import Any

import httpx2
from openai import AsyncOpenAI

from quests.providers import wire
from quests.providers.reply import ProviderCall, ProviderConfig, Reply, usage_of
from saas.kernel import http_client
from saas.metering.ai import AttemptResult

BASE_URL = "https://api.openai.com/v1"
ENDINGS = {"stop": AttemptResult.OK, "length": AttemptResult.TRUNCATED, "content_filter": AttemptResult.REFUSED}


def ask(call: ProviderCall) -> Reply:
    """Ask once, with a JSON schema as the response format."""
    return wire.ask(call, _create(call), _understand)


async def _create(call: ProviderCall) -> bytes:
    # OpenAI's newer models refuse `max_tokens`; the compatible servers know nothing else.
    limit = "max_tokens" if call.config.base_url else "max_completion_tokens"
    request = {
        "model": call.config.model,
        "messages": [
            {"role": "system", "content": call.prompt.system},
            {"role": "user", "content": call.prompt.user},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": call.prompt.name,
                "strict": True,
                "schema": _supported(call.prompt.schema),
            },
        },
        limit: call.output_tokens_max,
    }
    client = _client(call.config, asyncio.get_running_loop())
    response = await client.post("/chat/completions", cast_to=httpx2.Response, content=wire.as_json(request))
    return response.content


@cache
def _client(config: ProviderConfig, _loop: asyncio.AbstractEventLoop) -> AsyncOpenAI:
    """Keep one client per provider config and loop: connections belong to the loop they were opened on."""
    return AsyncOpenAI(
        api_key=config.api_key or wire.NO_KEY,
        base_url=config.base_url or BASE_URL,
        max_retries=0,
        http_client=http_client.client(bytes_max=config.response_bytes_max),
    )


def _supported(schema: Any) -> Any:
    """Return the schema without text lengths, which strict mode refuses; `output` holds them all the same."""
    if not isinstance(schema, dict):
        return schema
    return {key: _supported(value) for key, value in schema.items() if key not in ("minLength", "maxLength")}


def _understand(answer: Any) -> Reply:
    choice = answer["choices"][0]
    message, ending = choice["message"], ENDINGS.get(choice["finish_reason"], AttemptResult.INVALID)
    usage = usage_of(answer.get("usage"), "prompt_tokens", "completion_tokens")
    if message.get("refusal"):
        return Reply(AttemptResult.REFUSED, str(message["refusal"]), usage)
    return Reply(ending, str(message["content"] or ""), usage)
