"""An AI provider for measurements: `python -m bench.upstream SECONDS` answers each call after so long.

It speaks OpenAI's protocol as far as one fixed answer goes, prints its port, and ends with its standard input. One
process and one parser of a few lines, so that what it costs does not count beside what is measured.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

STEP = {"title": "Call the offices nearby", "amount": "4000.00", "due_on": "2026-01-01"}
QUEST = {"title": "Win offices", "summary": "Three steps to twelve thousand.", "steps": [STEP] * 3}
"""A valid answer for the goal that `bench.world` gives everybody."""
COMPLETION = {
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": json.dumps({"quests": [QUEST]})},
        }
    ],
    "usage": {"prompt_tokens": 120, "completion_tokens": 40},
}
BODY = json.dumps(COMPLETION).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


@contextmanager
def running(seconds: float) -> Iterator[dict[str, str]]:
    """Run one in a process of its own; yield the environment that makes Milepost ask it."""
    command = [sys.executable, "-m", "bench.upstream", str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        port = int(process.stdout.readline())
        yield {
            "AI_PROVIDER": "openai",
            "AI_MODEL": "double",
            "AI_BASE_URL": f"http://127.0.0.1:{port}/v1",
            "AI_API_KEY": "",
        }
        process.stdin.close()


class _Call(asyncio.Protocol):
    """One connection: requests one after the other, each answered `seconds` after it came in whole."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if blank and len(body) >= int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]):
            self._received = b""
            asyncio.get_running_loop().call_later(self._seconds, self._transport.write, ANSWER)


async def _serve(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Call(seconds), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
