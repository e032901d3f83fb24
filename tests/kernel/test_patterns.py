"""No regular expression of the code can be made slow by the text that it meets."""

import re
from time import process_time

import pytest

from saas.kernel import patterns

FOUND = {one.pattern: one for one in patterns.found()}
WRITTEN = [one for one in FOUND.values() if not one.where.startswith("the address ")]
"""Those of modules; addresses are compared with at most 2 kB."""

# What has made patterns slow: long runs, runs of almost what is wanted, many beginnings without an end.
SHAPES = (
    "a", "A", "0", "-", "_", ".", "@", "?", "=", " ", "/", ":", ",", '"', "[", "\n", "\u3000", "\U0001f600",
    "a@", "a.", "a@a.", "a@a-", "?a", "?a=", "a-", "0-", "-a", "a=", " =", "= ", "session ", "sessiona", "cookie: ",
    "bearer ", "bearer a ", "mp_", "mp_a_", "mp_live_", "mp_live_aaaaaaaa_", "sk_a", "/gifts/", "/gifts/a ",
    "DETAIL: ", "LINE 1", "LINE 1: ", "\n\n", "\n\nDuring handling", "\n\nThe above", "[]", "[a]", "a[", "aaaa-",
)  # fmt: skip
SHORT, LONG, FACTOR = 8_192, 65_536, 16


def seconds(pattern: re.Pattern[str], text: str, *, rounds: int = 5) -> float:
    """Return the CPU time of a search through the whole text, at least 1 ms: the best of some rounds."""
    times = []
    for _ in range(rounds):
        started_at = process_time()
        pattern.sub("", text)
        pattern.fullmatch(text)
        times.append(process_time() - started_at)
    return max(min(times), 0.001)


def is_linear(pattern: re.Pattern[str], shape: str, *, short: int = SHORT, long: int = LONG) -> bool:
    """Return True if eight times the text costs about eight times as much; 64 times is quadratic."""
    text, beginning = (shape * (size // len(shape)) + "!" for size in (long, short))
    if seconds(pattern, text, rounds=1) <= FACTOR * 0.001:
        return True  # whatever the short one takes, it counts as 1 ms
    return any(seconds(pattern, text) <= FACTOR * seconds(pattern, beginning) for _ in range(3))  # machines are busy


@pytest.mark.slow
def test_a_pattern_costs_linear_time_on_hostile_texts() -> None:
    for one in WRITTEN:
        for shape in SHAPES:
            assert is_linear(one.pattern, shape), (one.where, shape)


def test_the_measure_tells_a_quadratic_pattern() -> None:
    assert not is_linear(re.compile(r"[\w.+%-]+@"), "a", short=1_024, long=8_192)


def test_the_patterns_of_the_log_and_of_addresses_are_among_them() -> None:
    modules = {one.where.split(":")[0] for one in FOUND.values()}
    assert {"saas.kernel.logs", "saas.webhooks.addresses", "saas.web.api.fields", "the address healthz"} <= modules


def test_none_is_of_a_risky_form() -> None:
    assert [(one.where, patterns.risks(one.pattern, anchored=one.anchored)) for one in FOUND.values()] == [
        (one.where, []) for one in FOUND.values()
    ]


@pytest.mark.parametrize(
    "text",
    [
        r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+",
        r"(\?)[^\s\"']*=[^\s\"']*",
        r"\s+$",
        r"(a+)+b",
        r"(a|ab){1,50}c",
        r"(a{1,9}){1,9}c",
        r"(a?b?){1,40}c",
        r"(xa{0,9}b?a{0,9}){1,40}c",
        r"a{0,200}a{0,200}a{0,200}b",
        r".*?(?=x)",
        r"(?i)^[a-z]+[A-Z]",
    ],
)
def test_a_risky_form_is_refused(text: str) -> None:
    assert patterns.risks(re.compile(text))


@pytest.mark.parametrize(
    "text",
    [
        r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
        r"\?[^\s\"'=?]{0,200}=[^\s]*",
        r"^/gifts/([^/]+)/accept\Z",
        r"(-?[0-9a-f]{4}){3}",
        r"([a-z]([a-z-]{0,61}[a-z])?\.){1,20}[a-z]",
    ],
)
def test_a_plain_form_is_not(text: str) -> None:
    assert patterns.risks(re.compile(text)) == []
