"""How long a pack lasts, and which one is marked."""

from typing import Any

import pytest

from marketplace.packs.queries import lasts, offers
from plans.price_book import load
from plans.queries import Effective, current_book

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("tokens", "pace", "words"),
    [
        (500, 0, ""),
        (500, 900, "about a day"),
        (500, 60, "about 8 days"),
        (2000, 16.4, "about 4 months"),
        (500, 0.1, "more than two years"),
    ],
)
def test_how_long_a_pack_lasts(tokens: int, pace: float, words: str) -> None:
    assert lasts(tokens, pace) == words


@pytest.mark.parametrize(
    ("pace", "marked"), [(0, (0, "Usual choice")), (20, (1, "Fits your pace")), (9_999, (-1, "Fits your pace"))]
)
def test_the_smallest_pack_that_lasts_a_month_is_marked(pace: float, marked: tuple[int, str]) -> None:
    class Entitled:
        book = load(current_book().version)
        prices = {"quest": Effective(3, "plan")}

    entitled: Any = Entitled
    offered = offers(entitled, pace=pace)
    place, mark = marked
    assert [each for each in offered if each.mark] == [offered[place]] and offered[place].mark == mark
    assert [each.is_confirmed for each in offered] == [each.pack.price > 100 for each in offered]
