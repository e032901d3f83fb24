"""The table of ASVS: complete, decided, and pointing at what exists."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "asvs.md"
ROW = re.compile(r"\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|")
PLACE = re.compile(r"`((?:\.?[\w-]+/)*\.?[\w-]+(?:\.\w+)?)(?:::(\w+))?`")
FILES = (".py", ".md", ".lock", ".toml", ".example")

# The numbers of levels 1 and 2 of OWASP ASVS 5.0.0, by section.
NUMBERS = """
1.1: 1-2; 1.2: 1-9; 1.3: 1-11; 1.4: 1-3; 1.5: 1-2; 2.1: 1-3; 2.2: 1-3; 2.3: 1-4; 2.4: 1; 3.2: 1-2; 3.3: 1-4;
3.4: 1-6; 3.5: 1-5; 3.7: 1-2; 4.1: 1-3; 4.2: 1; 4.3: 1-2; 4.4: 1-4; 5.1: 1; 5.2: 1-3; 5.3: 1-2; 5.4: 1-3; 6.1:
1-3; 6.2: 1-12; 6.3: 1-4; 6.4: 1-4; 6.5: 1-5; 6.6: 1-3; 6.8: 1-4; 7.1: 1-3; 7.2: 1-4; 7.3: 1-2; 7.4: 1-5; 7.5:
1-2; 7.6: 1-2; 8.1: 1-2; 8.2: 1-3; 8.3: 1; 8.4: 1; 9.1: 1-3; 9.2: 1-4; 10.1: 1-2; 10.2: 1-2; 10.3: 1-4; 10.4:
1-11; 10.5: 1-5; 10.6: 1-2; 10.7: 1-3; 11.1: 1-2; 11.2: 1-3; 11.3: 1-3; 11.4: 1-4; 11.5: 1; 11.6: 1; 12.1: 1-3;
12.2: 1-2; 12.3: 1-4; 13.1: 1; 13.2: 1-5; 13.3: 1-2; 13.4: 1-5; 14.1: 1-2; 14.2: 1-4; 14.3: 1-3; 15.1: 1-3;
15.2: 1-3; 15.3: 1-7; 16.1: 1; 16.2: 1-5; 16.3: 1-4; 16.4: 1-3; 16.5: 1-3; 17.1: 1; 17.2: 1-4; 17.3: 1-2
"""


def numbers() -> list[str]:
    """Return every number, in order."""
    found = []
    for section, ranges in re.findall(r"(\d+\.\d+):\s+([\d,-]+)", NUMBERS):
        for part in ranges.split(","):
            first, _, last = part.partition("-")
            found += [f"{section}.{n}" for n in range(int(first), int(last or first) + 1)]
    return found


def rows() -> list[tuple[str, str, str, str]]:
    """Return the table: number, requirement, status, what shows it."""
    return [(n, what.strip(), status.strip(), by.strip()) for n, what, status, by in ROW.findall(TABLE.read_text())]


def test_every_requirement_stands_in_the_table_once_and_in_order() -> None:
    assert len(numbers()) == 253
    assert [number for number, *_ in rows()] == numbers()


def test_every_requirement_is_decided_and_says_why() -> None:
    for number, what, status, by in rows():
        assert status in ("pass", "n/a", "open"), number
        assert what and by, number


def test_the_count_above_the_table_is_the_tables() -> None:
    counted = Counter(status for _, _, status, _ in rows())
    said = f"{counted['pass']} pass, {counted['n/a']} not applicable, {counted['open']} open"
    assert said in TABLE.read_text(), said


def test_what_a_row_names_exists() -> None:
    named = [(number, *place) for number, _, _, by in rows() for place in PLACE.findall(by)]
    assert len(named) > 100
    for number, path, test in named:
        place = ROOT / path
        if place.suffix in FILES or ("/" in path and (ROOT / path.split("/")[0]).is_dir()):
            assert place.exists(), f"{number}: there is no {path}"
        if test:
            assert re.search(rf"^def {test}\(", place.read_text(), re.MULTILINE), f"{number}: {path} has no {test}"
