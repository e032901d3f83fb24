"""What `manage.py test` asks of pytest."""

import pytest

from saas.launch.console import Refused
from saas.launch.workshop import lane

pytestmark = pytest.mark.fast

HERE = "tests/launch/test_workshop.py"


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ([], ["-m", "not slow"]),
        (["--fast"], ["-m", "fast"]),
        (["--slow", "-x"], ["-m", "slow", "-x"]),
        (["-k", "quest", "-p", "no:randomly"], ["-m", "not slow", "-k", "quest", "-p", "no:randomly"]),
        ([HERE], [HERE]),
        (["--fast", HERE], ["-m", "fast", HERE]),
        ([f"{HERE}::test_a_lane", "-x"], [f"{HERE}::test_a_lane", "-x"]),
        (["-m", "own_database"], ["-m", "own_database"]),
        (["--rootdir", "/"], ["-m", "not slow", "--rootdir", "/"]),
    ],
)
def test_a_lane(arguments: list[str], asked: list[str]) -> None:
    assert lane(arguments) == asked


def test_one_lane_at_a_time() -> None:
    with pytest.raises(Refused, match="one lane"):
        lane(["--fast", "--slow"])
