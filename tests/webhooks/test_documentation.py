"""docs/webhooks.md is true: its code verifies what is sent, its table is the table."""

import re
from typing import Any

import pytest
from django.conf import settings
from standardwebhooks import WebhookVerificationError

from saas.webhooks import delivery, sending
from saas.webhooks.published import PUBLISHED
from tests.webhooks.conftest import Hook, work

pytestmark = pytest.mark.own_database

TEXT = (settings.BASE_DIR / "docs" / "webhooks.md").read_text()


@pytest.fixture(scope="module")
def code() -> dict[str, Any]:
    """What the document's code defines."""
    defined: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(block, defined)  # noqa: S102
    return defined


@pytest.mark.parametrize("name", ["receive", "receive_by_hand"])
def test_its_code_takes_what_is_sent_and_nothing_else(code: dict[str, Any], hook: Hook, name: str) -> None:
    seen: list[tuple[dict[str, str], bytes]] = []
    send = sending.post

    async def watched(url: str, *, headers: Any, body: bytes) -> Any:
        seen.append((dict(headers), body))
        return await send(url, headers=headers, body=body)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "post", watched)
        hook.happen()
        assert work() == 1
    [(headers, body)] = seen
    receive, secret = code[name], hook.receiver.secret
    assert receive(secret, headers, body)["type"] == "goal.created"
    old = headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 600)}
    for wrong in ((secret, headers, body + b" "), ("whsec_" + "A" * 44, headers, body), (secret, old, body)):
        with pytest.raises((ValueError, WebhookVerificationError)):
            receive(*wrong)


def test_it_lists_every_event_and_field() -> None:
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| (.*) \|$", TEXT, re.MULTILINE))
    assert rows == {kind: f"{event.when} | {fields(event.fields)}" for kind, event in PUBLISHED.items()}


def fields(of: Any) -> str:
    return ", ".join(f"`{name}` ({meaning})" for name, meaning in of.items()) or "nothing"


def test_it_tells_the_true_pauses() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    said = re.search(r"again after (.*?), each up to", TEXT.replace("\n", " "))
    assert said
    pauses = [int(number) * units[unit] for number, unit in re.findall(r"(\d+) (s|min|h)\b", said[1])]
    assert pauses == [pause.total_seconds() for pause in delivery.PAUSES]
