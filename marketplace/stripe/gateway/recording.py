"""Write down what is said to Stripe and what it answers, without keys, addresses and secrets."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marketplace.stripe.gateway import client as gateway_client

KEYS = re.compile(r"\b((sk|rk|pk)_(test|live)_|whsec_|acct_)\w{1,300}")
ADDRESSES = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63}){1,4}|https?://[^\s\"]{1,2000}")
PRIVATE = {
    *("client_secret", "secret", "email", "receipt_email", "customer_email", "name", "customer_name", "phone"),
    *("line1", "line2", "postal_code", "city", "fingerprint", "ip_address", "user_agent"),
}
"""Fields whose texts are left out; everything else keeps its value, so that shapes and words can be compared."""

SCRUBBED = "scrubbed"


@dataclass(frozen=True)
class Call:
    """One request, and its answer as it came."""

    method: str
    path: str
    query: str
    body: str
    status: int
    answer: Any


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """Keep each call of this thread that gets an answer over the network."""
    calls: list[Call] = []

    def hear(method: str, url: str, body: Any, status: int, answer: bytes) -> None:
        address = urlsplit(url)
        calls.append(Call(method, address.path, address.query, str(body or ""), status, json.loads(answer)))

    token = gateway_client.hears.set(hear)
    try:
        yield calls
    finally:
        gateway_client.hears.reset(token)


def save(calls: list[Call], path: Path) -> None:
    """Write calls into a file, scrubbed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([scrubbed(asdict(call)) for call in calls], indent=1, sort_keys=True) + "\n")


def load(path: Path) -> list[Call]:
    """Read the calls of a file."""
    return [Call(**each) for each in json.loads(path.read_text())]


def scrubbed(value: Any, name: str = "") -> Any:
    """Return a value without keys, addresses of any kind and secrets; numbers, ids and words of Stripe's stay."""
    if isinstance(value, dict):
        return {key: scrubbed(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [scrubbed(each) for each in value]
    if not isinstance(value, str):
        return value
    if name in PRIVATE or name in ("query", "body"):
        return SCRUBBED if value else value
    return ADDRESSES.sub(SCRUBBED, KEYS.sub(SCRUBBED, value))
