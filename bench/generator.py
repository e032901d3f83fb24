"""The HTTP load where there is no wrk: `python -m bench.generator` reads a plan as JSON and prints what came back.

Being Python, it takes a visible part of the cores it measures on.
"""

import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4


def main() -> None:
    """Post the plan's requests from so many clients for so long; print latencies and statuses as JSON.

    The plan: url, clients, seconds, and requests with path, headers and body. Every request gets an Idempotency-Key of
    its own. Clients share the requests out, so that each has its own users.
    """
    plan = json.load(sys.stdin)
    if len(plan["requests"]) < plan["clients"]:
        plan["requests"] *= plan["clients"]
    latencies: list[float] = []
    statuses: Counter[str] = Counter()
    crew = [
        threading.Thread(target=_client, args=(plan, plan["requests"][n :: plan["clients"]], latencies, statuses))
        for n in range(plan["clients"])
    ]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    print(json.dumps({"latencies_ms": latencies, "statuses": statuses}))


def _client(plan: dict[str, Any], mine: list[dict[str, Any]], latencies: list[float], statuses: Counter[str]) -> None:
    connection = http.client.HTTPConnection(urlsplit(plan["url"]).netloc, timeout=60)
    end = time.monotonic() + plan["seconds"]
    while (started := time.monotonic()) < end:
        request = random.choice(mine)
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4()), **request["headers"]}
        connection.request("POST", request["path"], request["body"], headers)
        answer = connection.getresponse()
        answer.read()
        latencies.append((time.monotonic() - started) * 1e3)
        statuses[str(answer.status)] += 1


if __name__ == "__main__":
    main()
