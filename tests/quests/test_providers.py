"""Whatever a provider does, `complete` delivers checked content or one of the AI errors, in time."""

import asyncio
import gzip
import json
import os
import resource
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from quests.providers import breaker as breakers
from quests.providers.calls import check_ready, complete
from quests.providers.output import Unusable, read
from quests.providers.prices import cost_usd
from quests.providers.prompt import Completion, Prompt
from quests.providers.reply import ModelUsage, ProviderConfig
from quests.providers.text import plain
from saas.kernel import background
from saas.metering.ai import AiError, AiFailed, AiOutputInvalid, AiTimeout, AiUnavailable, AttemptResult

STEP = {
    "type": "object",
    "additionalProperties": False,
    "required": ["title", "amount"],
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 20},
        "amount": {"type": "string", "pattern": r"^[0-9]{1,9}\.[0-9]{2}$"},
    },
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["steps"],
    "properties": {"steps": {"type": "array", "minItems": 1, "maxItems": 2, "items": STEP}},
}
CONTENT = {"steps": [{"title": "Call Ann", "amount": "12.50"}]}
PLAN = {"steps": [{"title": "Our own", "amount": "1.00"}]}
PROMPT = Prompt("steps", "You plan.", lambda: "<data>{}</data>", SCHEMA, plan=lambda: PLAN, parts="steps")
USAGE = {"prompt_tokens": 120, "completion_tokens": 40}

DEADLINE = 1.0
"""Seconds, where a test has to wait for it; the product's is 30."""
PATIENCE = 120.0
"""Seconds until something that must come is given up."""

Handler = BaseHTTPRequestHandler
Behaviour = Callable[[Handler], None]


# How a provider may behave.


def send(handler: Handler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **headers,
    }.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def saying(answer: Any, status: int = 200, **headers: str) -> Behaviour:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return lambda handler: send(handler, body, status, **headers)


def chat(content: Any = CONTENT, ending: str = "stop", usage: Any = USAGE, **message: Any) -> dict[str, Any]:
    text = content if isinstance(content, str | None) else json.dumps(content)
    choice = {
        "index": 0,
        "finish_reason": ending,
        "message": {"role": "assistant", "content": text, **message},
    }
    return {"id": "c1", "object": "chat.completion", "choices": [choice], "usage": usage}


def hang(handler: Handler) -> None:
    handler.server.closing.wait(PATIENCE)  # type: ignore[attr-defined]


def drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.closing.wait(0.05):  # type: ignore[attr-defined]
        handler.wfile.write(b" ")


def drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.server.closing.wait(0.05):  # type: ignore[attr-defined]
        handler.wfile.write(b"X-Wait: 1\r\n")


def cut(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


def reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(handler.connection.detach())
    handler.close_connection = True


def flood(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(200 * 2**20))
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b" " * 2**20)
        handler.server.sent = getattr(handler.server, "sent", 0) + 1  # type: ignore[attr-defined]


def bomb(handler: Handler) -> None:
    send(handler, gzip.compress(json.dumps(chat()).encode() + b" " * 50_000_000), Content_Encoding="gzip")


DEEP = b"[" * 30_000 + b"]" * 30_000

MISBEHAVIOURS: dict[str, tuple[Behaviour, type[AiError], AttemptResult]] = {
    "rate limited": (
        saying({"error": {"message": "slow"}}, 429, Retry_After="60"),
        AiFailed,
        AttemptResult.RATE_LIMITED,
    ),
    "broken": (saying(b"oops", 500), AiFailed, AttemptResult.FAILED),
    "wrong key": (saying({"error": {"message": "Incorrect key sk-canary"}}, 401), AiFailed, AttemptResult.FAILED),
    "bad request": (saying({"error": {"message": "context"}}, 400), AiFailed, AttemptResult.FAILED),
    "redirect": (saying(b"", 307, Location="/elsewhere"), AiFailed, AttemptResult.FAILED),
    "cut body": (cut, AiFailed, AttemptResult.FAILED),
    "reset": (reset, AiFailed, AttemptResult.FAILED),
    "hang": (hang, AiTimeout, AttemptResult.TIMED_OUT),
    "drip": (drip, AiTimeout, AttemptResult.TIMED_OUT),
    "drip headers": (drip_headers, AiTimeout, AttemptResult.TIMED_OUT),
    "200 MB": (flood, AiOutputInvalid, AttemptResult.INVALID),
    "gzip bomb": (bomb, AiOutputInvalid, AttemptResult.INVALID),
    "empty": (saying(b""), AiOutputInvalid, AttemptResult.INVALID),
    "garbage": (saying(b"\xff\xfe<html>"), AiOutputInvalid, AttemptResult.INVALID),
    "deep": (saying(DEEP), AiOutputInvalid, AttemptResult.INVALID),
    "no choices": (saying({"choices": []}), AiOutputInvalid, AttemptResult.INVALID),
    "choices of another kind": (saying({"choices": "none"}), AiOutputInvalid, AttemptResult.INVALID),
    "ending of another kind": (saying(chat(ending=["stop"])), AiOutputInvalid, AttemptResult.INVALID),  # type: ignore[arg-type]
    "unknown ending": (saying(chat(ending="tool_calls")), AiOutputInvalid, AttemptResult.INVALID),
    "no content": (saying(chat(None)), AiOutputInvalid, AttemptResult.INVALID),
    "truncated": (saying(chat('{"steps": [', ending="length")), AiOutputInvalid, AttemptResult.TRUNCATED),
    "filtered": (saying(chat(None, ending="content_filter")), AiFailed, AttemptResult.REFUSED),
    "refusal": (saying(chat(None, refusal="I can't help with that.")), AiFailed, AttemptResult.REFUSED),
    "too much output": (
        saying(chat(usage={**USAGE, "completion_tokens": 20_000})),
        AiOutputInvalid,
        AttemptResult.INVALID,
    ),
    "prose": (saying(chat("Sure! Here is your plan.")), AiOutputInvalid, AttemptResult.INVALID),
    "another schema": (saying(chat({"steps": [{"title": "x"}]})), AiOutputInvalid, AttemptResult.INVALID),
    "more than asked": (saying(chat({**CONTENT, "grant": 1000})), AiOutputInvalid, AttemptResult.INVALID),
    "deep content": (saying(chat(DEEP.decode())), AiOutputInvalid, AttemptResult.INVALID),
    "nested content": (saying(chat("[" * 700 + "]" * 700)), AiOutputInvalid, AttemptResult.INVALID),
    "key twice": (saying(chat('{"steps": [], ' + json.dumps(CONTENT)[1:])), AiOutputInvalid, AttemptResult.INVALID),
    "not a number": (saying(chat('{"steps": NaN}')), AiOutputInvalid, AttemptResult.INVALID),
    "huge integer": (saying(chat('{"steps": ' + "9" * 5000 + "}")), AiOutputInvalid, AttemptResult.INVALID),
}


def hurry_if(outcome: AttemptResult, settings: Settings) -> None:
    if outcome is AttemptResult.TIMED_OUT:
        settings.AI_DEADLINE_SECONDS = DEADLINE


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_a_provider_that_misbehaves_costs_nothing_and_no_time(provider: Any, settings: Settings, name: str) -> None:
    provider.behaviour, error, outcome = MISBEHAVIOURS[name]
    hurry_if(outcome, settings)
    check_ready()
    with pytest.raises(error) as failure:
        complete(PROMPT)
    assert type(failure.value) is error
    assert failure.value.details["refunded"] is True
    (attempt,) = failure.value.attempts
    assert attempt.outcome is outcome
    assert len(provider.requests) == 1, "no retry, no redirect"
    assert "canary" not in str(failure.value)
    assert failure.value.__cause__ is None


def test_a_good_answer_is_delivered_with_its_usage(provider: Any) -> None:
    provider.behaviour = saying(chat())
    done = complete(PROMPT)
    assert (done.content, done.provider, done.model) == (CONTENT, "openai", "test-model")
    (attempt,) = done.attempts
    assert (attempt.outcome, attempt.model_input_tokens, attempt.model_output_tokens) == (AttemptResult.OK, 120, 40)
    assert attempt.cost_usd is None, "nobody lists a price for a server of our own"
    assert not attempt.usage_estimated
    (asked,) = provider.requests
    assert asked["path"] == "/v1/chat/completions"
    assert asked["body"]["max_tokens"] == 2000
    assert asked["body"]["response_format"]["json_schema"]["strict"] is True
    assert "maxLength" not in json.dumps(asked["body"]), "strict mode refuses it"
    assert "tools" not in asked["body"]


def test_a_flood_is_cut_off_and_never_held_in_memory(provider: Any) -> None:
    provider.behaviour = saying(chat())
    complete(PROMPT)
    provider.behaviour = flood
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(AiOutputInvalid):
        complete(PROMPT)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30 * 2**10, "KiB"
    assert getattr(provider, "sent", 0) < 20


@pytest.mark.parametrize(
    "usage",
    [
        None,
        "many",
        [],
        {},
        {"prompt_tokens": 10},
        {**USAGE, "completion_tokens": -5},
        {**USAGE, "completion_tokens": 1.5},
        {**USAGE, "completion_tokens": True},
        {**USAGE, "prompt_tokens": 10**30},
    ],
)
def test_usage_that_cannot_be_believed_is_estimated_and_flagged(provider: Any, usage: Any) -> None:
    provider.behaviour = saying(chat(usage=usage))
    (attempt,) = complete(PROMPT).attempts
    assert attempt.usage_estimated
    assert 0 < attempt.model_output_tokens < 100
    assert 0 < attempt.model_input_tokens < 1000


def test_an_answer_without_usage_obeys_the_cap_all_the_same(provider: Any) -> None:
    provider.behaviour = saying(chat(json.dumps(CONTENT) + " " * 8000, usage=None))
    with pytest.raises(AiOutputInvalid) as failure:
        complete(PROMPT)
    assert failure.value.attempts[0].model_output_tokens > 2000


def test_a_timeout_counts_as_billed_in_full(provider: Any, settings: Settings) -> None:
    provider.behaviour, settings.AI_DEADLINE_SECONDS = hang, 0.2
    with pytest.raises(AiTimeout) as failure:
        complete(PROMPT)
    (attempt,) = failure.value.attempts
    assert (attempt.model_output_tokens, attempt.usage_estimated) == (2000, True)


def test_what_is_not_billed_costs_nothing(provider: Any, settings: Settings) -> None:
    provider.behaviour = saying(b"", 500)
    with pytest.raises(AiFailed) as failure:
        complete(PROMPT)
    assert failure.value.attempts[0].cost_usd == 0
    settings.AI_BASE_URL = "http://127.0.0.1:9"
    with pytest.raises(AiFailed) as failure:
        complete(PROMPT)
    assert failure.value.attempts[0].cost_usd == 0


def test_a_listed_model_is_priced() -> None:
    price = cost_usd(ProviderConfig("openai", "gpt-4o-mini", api_key="k"), ModelUsage(1_000_000, 1_000_000))
    assert price is not None
    assert Decimal("0.5") < price < Decimal(2)
    assert cost_usd(ProviderConfig("openai", "no-such-model", api_key="k"), ModelUsage(1, 1)) is None


# Several providers, one deadline.


def with_fallback(settings: Settings, *names: str) -> None:
    settings.AI_FALLBACK = list(names)


def test_builtin_answers_without_any_provider(settings: Settings) -> None:
    settings.AI_PROVIDER, settings.AI_FALLBACK = "builtin", []
    check_ready()
    done = complete(PROMPT)
    assert (done.content, done.provider, done.model) == (PLAN, "builtin", "planner-1")
    (attempt,) = done.attempts
    assert (attempt.model_input_tokens, attempt.model_output_tokens) == (0, 0)
    assert attempt.cost_usd == 0


@pytest.mark.parametrize("name", ["broken", "hang", "drip", "200 MB", "prose", "truncated", "rate limited"])
def test_a_fallback_steps_in_while_time_is_left(provider: Any, settings: Settings, name: str) -> None:
    with_fallback(settings, "builtin")
    provider.behaviour, _, outcome = MISBEHAVIOURS[name]
    # Half of it is waited for a provider that hangs; the rest must do for a busy machine.
    settings.AI_DEADLINE_SECONDS = 10 * DEADLINE if outcome is AttemptResult.TIMED_OUT else PATIENCE
    check_ready()
    done = complete(PROMPT)
    assert done.provider == "builtin"
    assert [attempt.outcome for attempt in done.attempts] == [outcome, AttemptResult.OK]


def test_no_other_provider_is_asked_to_overrule_a_refusal(provider: Any, settings: Settings) -> None:
    with_fallback(settings, "builtin")
    provider.behaviour = saying(chat(None, refusal="No."))
    with pytest.raises(AiFailed):
        complete(PROMPT)


def test_the_deadline_covers_all_attempts_together(provider: Any, settings: Settings) -> None:
    with_fallback(settings, "openai", "anthropic")
    settings.AI_OPENAI_MODEL, settings.AI_OPENAI_BASE_URL = "other", provider.url
    settings.AI_ANTHROPIC_MODEL, settings.AI_ANTHROPIC_BASE_URL = "third", provider.url
    provider.behaviour, settings.AI_DEADLINE_SECONDS = drip, 4 * DEADLINE  # time for three attempts on a busy machine
    check_ready()
    with pytest.raises(AiTimeout) as failure:
        complete(PROMPT)
    assert [attempt.model for attempt in failure.value.attempts] == ["test-model", "other", "third"]


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize(
    "change",
    [
        {"AI_PROVIDER": "clippy"},
        {"AI_MODEL": ""},
        {"AI_API_KEY": "", "AI_BASE_URL": ""},
        {"AI_FALLBACK": ["anthropic"]},
    ],
)
def test_a_missing_setting_is_told_before_anything_is_held(settings: Settings, change: dict[str, Any]) -> None:
    for name, value in change.items():
        setattr(settings, name, value)
    with pytest.raises(AiUnavailable) as failure:
        check_ready()
    assert "refunded" not in failure.value.details


def test_a_server_without_key_gets_none_of_ours(
    provider: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "sk-environment")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    settings.AI_API_KEY = ""
    provider.behaviour = saying(chat())
    complete(PROMPT)
    assert "sk-environment" not in str(provider.requests[0]["headers"])


# Anthropic.


def message(content: Any = CONTENT, ending: str = "end_turn", **usage: Any) -> dict[str, Any]:
    blocks = [{"type": "text", "text": content if isinstance(content, str) else json.dumps(content)}]
    counts = {"input_tokens": 120, "output_tokens": 40, **usage}
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "content": blocks,
        "stop_reason": ending,
        "usage": counts,
    }


@pytest.fixture
def claude(provider: Any, settings: Settings) -> Any:
    settings.AI_PROVIDER, settings.AI_BASE_URL = "anthropic", provider.url.removesuffix("/v1")
    return provider


def test_anthropic_delivers_by_the_same_rules(claude: Any) -> None:
    claude.behaviour = saying(message())
    done = complete(PROMPT)
    assert (done.content, done.provider) == (CONTENT, "anthropic")
    assert (done.attempts[0].model_input_tokens, done.attempts[0].model_output_tokens) == (120, 40)
    (asked,) = claude.requests
    assert asked["path"] == "/v1/messages"
    assert asked["body"]["max_tokens"] == 2000
    assert asked["body"]["output_config"]["format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    ("behaviour", "error", "outcome"),
    [
        (saying(message("", "refusal")), AiFailed, AttemptResult.REFUSED),
        (saying(message('{"st', "max_tokens")), AiOutputInvalid, AttemptResult.TRUNCATED),
        (saying(message(ending="tool_use")), AiOutputInvalid, AttemptResult.INVALID),
        (saying(message(output_tokens=20_000)), AiOutputInvalid, AttemptResult.INVALID),
        (saying({"type": "error"}, 529), AiFailed, AttemptResult.FAILED),
        (saying({"type": "error"}, 429), AiFailed, AttemptResult.RATE_LIMITED),
        (saying({"content": None}), AiOutputInvalid, AttemptResult.INVALID),
        (flood, AiOutputInvalid, AttemptResult.INVALID),
        (drip, AiTimeout, AttemptResult.TIMED_OUT),
        (reset, AiFailed, AttemptResult.FAILED),
    ],
)
def test_anthropic_misbehaving_is_told_apart(
    claude: Any, settings: Settings, behaviour: Behaviour, error: type[AiError], outcome: AttemptResult
) -> None:
    claude.behaviour = behaviour
    hurry_if(outcome, settings)
    with pytest.raises(error) as failure:
        complete(PROMPT)
    assert [attempt.outcome for attempt in failure.value.attempts] == [outcome]
    assert len(claude.requests) == 1


# The breaker.


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(breakers, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def fail(times: int) -> None:
    for _ in range(times):
        with pytest.raises(AiError):
            complete(PROMPT)


def test_five_failures_in_a_row_rest_the_provider_for_thirty_seconds(provider: Any, clock: SimpleNamespace) -> None:
    provider.behaviour = saying(b"", 500)
    fail(4)
    check_ready()
    fail(1)
    with pytest.raises(AiUnavailable) as failure:
        check_ready()
    assert failure.value.retry_after == 30
    with pytest.raises(AiUnavailable):
        complete(PROMPT)
    assert len(provider.requests) == 5
    clock.now += 30.0
    check_ready()
    provider.behaviour = saying(chat())
    assert complete(PROMPT).content == CONTENT
    provider.behaviour = saying(b"", 500)
    fail(4)
    check_ready()


def test_after_the_pause_one_trial_goes_ahead_alone(clock: SimpleNamespace) -> None:
    tried = breakers.Breaker()
    for _ in range(5):
        tried.record(healthy=False)
    assert not tried.admit()
    clock.now += 30.0
    assert tried.wait_seconds() == 0
    assert [tried.admit() for _ in range(3)] == [True, False, False]
    tried.record(healthy=False)
    assert (tried.admit(), tried.wait_seconds()) == (False, 30.0)
    clock.now += 30.0
    assert tried.admit()
    tried.record(healthy=True)
    assert [tried.admit() for _ in range(3)] == [True, True, True]


@pytest.mark.parametrize("name", ["refusal", "truncated", "prose", "bad request", "too much output"])
def test_what_a_goals_text_can_provoke_does_not_stop_the_provider_for_others(provider: Any, name: str) -> None:
    provider.behaviour, *_ = MISBEHAVIOURS[name]
    fail(7)
    check_ready()


@pytest.mark.parametrize("name", ["garbage", "200 MB", "wrong key", "rate limited", "reset"])
def test_what_is_no_answer_counts(provider: Any, name: str) -> None:
    provider.behaviour, *_ = MISBEHAVIOURS[name]
    fail(5)
    with pytest.raises(AiUnavailable):
        check_ready()


def test_a_resting_provider_is_skipped_for_its_fallback(provider: Any, settings: Settings) -> None:
    with_fallback(settings, "builtin")
    provider.behaviour = saying(b"", 500)
    for _ in range(7):
        assert complete(PROMPT).provider == "builtin"
    assert len(provider.requests) == 5


# The loop.


def test_calls_run_side_by_side_and_connections_are_used_again(provider: Any, settings: Settings) -> None:
    settings.AI_DEADLINE_SECONDS = PATIENCE
    all_are_asking = threading.Barrier(32)

    def answer_together(handler: Handler) -> None:
        all_are_asking.wait(PATIENCE)
        send(handler, json.dumps(chat()).encode())

    provider.behaviour = answer_together
    with ThreadPoolExecutor(32) as threads:
        done: list[Completion] = list(threads.map(complete, [PROMPT] * 64))
    assert len(done) == 64
    assert len({request["from"] for request in provider.requests}) == 32


def test_a_forked_child_gets_a_loop_of_its_own(provider: Any) -> None:
    provider.behaviour = saying(chat())
    complete(PROMPT)
    child = os.fork()
    if not child:
        try:
            complete(PROMPT)
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_an_interrupted_caller_takes_its_call_along() -> None:
    ended = threading.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    def interrupt(*_: Any) -> None:
        raise SystemExit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("concurrent.futures.Future.result", interrupt)
        with pytest.raises(SystemExit):
            background.run(work(), seconds=30)
    assert ended.wait(PATIENCE)


# What gets through.


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a\u0000b\u001bc", "abc"),
        ("\ud800lone\udfff", "lone"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("zero\u200b\u200d\ufeffwidth", "zerowidth"),
        ("e\u0301", "é"),
        ("  two\n\n lines\t\u2028x ", "two lines x"),
        ("\U000e0041tag", "tag"),
    ],
)
def test_text_is_made_plain(given: str, shown: str) -> None:
    assert plain(given) == shown


def test_content_is_cleaned_before_it_is_checked() -> None:
    step = {"title": "\u202e\u0000Call\ud800 everybody you have ever met", "amount": "12.50\u200b"}
    (clean,) = read(json.dumps({"steps": [step]}), PROMPT)["steps"]
    assert clean == {"title": "Call everybody you…", "amount": "12.50"}
    with pytest.raises(Unusable):
        read(json.dumps({"steps": [{"title": "\u200b", "amount": "1.00"}]}), PROMPT)


def test_valid_parts_are_kept_and_surplus_is_cut() -> None:
    good, bad = CONTENT["steps"][0], {"title": "no amount"}
    assert read(json.dumps({"steps": [bad, good]}), PROMPT) == {"steps": [good]}
    other, third, again = ({**good, "title": title} for title in ("Write", "Wait", "CALL ANN"))
    assert read(json.dumps({"steps": [good, again, other, third]}), PROMPT) == {"steps": [good, other]}
    with pytest.raises(Unusable):
        read(json.dumps({"steps": [bad]}), PROMPT)
