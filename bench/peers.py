"""Other gates that run beside ours and are measured in the same turns; one that has no address is left out.

Environment variables, each after the peer's name in capitals, such as LITELLM_URL:

    URL             where it runs: only this one is needed
    KEY             what it wants as a bearer token; several with commas between them
    MODEL           a model there that answers at once
    MODEL_200_MS    a model there that answers after 200 ms, as `python -m bench.upstream 0.2` does
    PATH            where it takes chat completions
    HEADERS         more headers, as JSON
    PID             its first process, if its CPU time and memory are to be measured
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from bench.load import Request


@dataclass(frozen=True)
class Peer:
    """A gate by somebody else, and how many times as fast ours should be, if it is one of those to be compared with."""

    name: str
    path: str = "/v1/chat/completions"
    target: float | None = None
    target_200_ms: float | None = None

    def variable(self, name: str, default: str = "") -> str:
        """Return one of its environment variables."""
        return os.environ.get(f"{self.name.upper()}_{name}", default)

    @property
    def url(self) -> str:
        """Return where it runs; empty when nobody said."""
        return self.variable("URL")

    @property
    def programs(self) -> dict[str, int]:
        """Return its first process under its name, if that is known."""
        pid = self.variable("PID")
        return {self.name: int(pid)} if pid else {}

    def requests(self, model: str) -> list[Request]:
        """Return a completion for each of its keys."""
        messages = [{"role": "user", "content": "A quest, please."}]
        body = json.dumps({"model": model, "messages": messages})
        headers = {"Content-Type": "application/json", **json.loads(self.variable("HEADERS", "{}"))}
        return [
            {
                "path": self.variable("PATH", self.path),
                "headers": {**headers, "Authorization": f"Bearer {key}"},
                "body": body,
            }
            for key in self.variable("KEY").split(",")
        ]


PEERS = (
    Peer("LiteLLM", "/chat/completions", target=8.0, target_200_ms=10.0),
    Peer("Otari", target=1.0, target_200_ms=1.0),
    Peer("hardcap"),
    Peer("Portkey"),
)
"""A target of 1 is for those whose holds survive a kill; hardcap holds in Redis, Portkey does not hold at all."""


def models(variable: str) -> Iterator[tuple[Peer, str]]:
    """Yield the peers that run and have a model under this variable; say on the error stream which are left out."""
    for peer in PEERS:
        model = peer.variable(variable, "mock" if variable == "MODEL" else "")
        if peer.url and model:
            yield peer, model
        else:
            missing = "URL" if not peer.url else variable
            print(f"{peer.name}: left out, {peer.name.upper()}_{missing} is not set.", file=sys.stderr)
