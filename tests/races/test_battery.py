"""The battery's bounds hold whatever runs at once: threads of one process, and several processes."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier
from uuid import uuid4

from django.conf import settings

from abuse.actions import admit, withdraw
from abuse.rules import Limits, Subject, Verdict
from tests.abuse.rate_status import rate_status

THREADS = 40
NO_GAP = Limits(minimum_gap_seconds=0)
ONE_MINUTE = {None: 30, "rate_limited": 5, "temporarily_blocked": 265}
"""300 attempts: 30 pass, five are refused by the rate and so begin a block, which answers the rest."""


def alice() -> Subject:
    return Subject(organization_id=uuid4(), user_id=uuid4())


def at_once(ask: Callable[[], Verdict], *, times: int) -> list[Verdict]:
    """Call `ask` so often from 40 threads which start together."""
    barrier = Barrier(THREADS)

    def start(share: Iterable[int]) -> list[Verdict]:
        barrier.wait()
        return [ask() for _ in share]

    with ThreadPoolExecutor(THREADS) as pool:
        shares = [range(number, times, THREADS) for number in range(THREADS)]
        return [verdict for verdicts in pool.map(start, shares) for verdict in verdicts]


def test_of_300_attempts_from_40_threads_exactly_30_pass() -> None:
    subject = alice()
    verdicts = at_once(lambda: admit(subject=subject, tokens=1, limits=NO_GAP), times=300)
    assert Counter(verdict.code for verdict in verdicts) == ONE_MINUTE
    assert sum(verdict.new_pause is not None for verdict in verdicts) == 1


PROCESS = """
import json, sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID
from django.conf import settings
settings.configure(REDIS_URL=sys.argv[1], ABUSE_KEY_PREFIX=sys.argv[2])
from abuse import battery, rules
subject, limits = rules.Subject(UUID(sys.argv[3]), UUID(sys.argv[4])), rules.Limits(minimum_gap_seconds=0)
def ask(number):
    return battery.measure(check=rules.OPERATION, subject=subject, tokens=1, limits=limits).refused_by
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(10) as pool:
    print(json.dumps(Counter(pool.map(ask, range(75)))))
"""


def test_of_300_attempts_from_4_processes_exactly_30_pass() -> None:
    subject = alice()
    place = (
        settings.REDIS_URL,
        settings.ABUSE_KEY_PREFIX,
        str(subject.organization_id),
        str(subject.user_id),
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, *place],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    counts: Counter[str] = Counter()
    for process in processes:
        counts.update(json.loads(process.communicate(timeout=20)[0]))
    assert counts == {"": 30, "rate": 5, "block": 265}


def test_of_40_double_clicks_one_passes() -> None:
    subject = alice()
    limits = replace(NO_GAP, minimum_gap_seconds=3, requests_per_minute=1000)
    verdicts = at_once(lambda: admit(subject=subject, tokens=1, limits=limits), times=40)
    assert Counter(verdict.code for verdict in verdicts) == {
        None: 1,
        "too_soon": 5,
        "temporarily_blocked": 34,
    }


def test_no_two_admissions_are_closer_than_the_gap() -> None:
    subject, gap = alice(), 0.02
    limits = Limits(minimum_gap_seconds=gap, requests_per_minute=10_000, failed_window_seconds=0.000_001)
    verdicts = at_once(lambda: admit(subject=subject, tokens=1, limits=limits), times=2000)
    admitted = sorted(verdict.at for verdict in verdicts if verdict.allowed)
    assert len(admitted) > 3
    assert min(late - early for early, late in pairwise(admitted)) >= timedelta(seconds=gap)


def test_an_hour_is_crossed_once_and_withdrawals_add_up() -> None:
    subject = alice()
    limits = replace(NO_GAP, requests_per_minute=1000)
    verdicts = at_once(lambda: admit(subject=subject, tokens=3, limits=limits), times=200)
    flags = [(flag.rule.name, flag.tokens) for verdict in verdicts for flag in verdict.flags]
    assert sorted(flags) == [("hour_organization", 501), ("hour_user", 501)]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda verdict: withdraw(subject=subject, verdict=verdict), verdicts[:180]))
    now = rate_status(subject=subject, limits=limits)
    assert (now.hour_tokens_of_user, now.hour_tokens_of_organization) == (60, 60)
