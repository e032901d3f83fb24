"""Time zones to choose from, and what a browser's languages say about where somebody is."""

import gzip
import re
from datetime import date

import pytest

from saas.team.time_zones import Guess, guess, options

pytestmark = pytest.mark.fast

WINTER, SUMMER = date(2026, 11, 30), date(2026, 7, 1)


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        ("it-IT,it;q=0.9,en;q=0.8", Guess("Europe/Rome", "EUR")),
        ("de,en-GB;q=0.7", Guess("Europe/London", "GBP")),
        ("sr-Latn-RS", Guess("Europe/Belgrade", "RSD")),
        ("ja-JP", Guess("Asia/Tokyo", "USD")),
        ("en", Guess()),
        ("", Guess()),
        ("xx-ZZ", Guess()),
        ("a-" * 100_000, Guess()),
    ],
)
def test_languages_with_a_country_lead_to_its_first_zone_and_its_currency(languages: str, expected: Guess) -> None:
    assert guess(languages) == expected


def test_zones_stand_in_groups_by_their_hours() -> None:
    text = options(WINTER, chosen="Europe/Rome")
    groups = dict(re.findall(r'<optgroup label="([^"]+)">(.*?)(?=<optgroup|$)', text, re.DOTALL))
    assert "<option selected>Rome, Europe\n" in groups["UTC+1"] and text.count(" selected>") == 1
    assert "<option>Kolkata, Asia\n" in groups["UTC+5:30"] and "<option>UTC\n" in groups["UTC"]
    assert "Rome, Europe\n" in options(SUMMER, chosen="").partition('"UTC+2">')[2].partition("<optgroup")[0]
    assert text.count("<option") > 400 and list(groups)[:2] == ["UTC-11", "UTC-10"]


def test_a_browser_finds_its_zone_by_an_older_name_too_and_the_currency_there() -> None:
    text = options(WINTER, chosen="UTC", detect=True)
    assert '<option data-also="Asia/Calcutta" data-currency="INR">Kolkata, Asia\n' in text
    assert "<option selected>UTC\n" in text and len(gzip.compress(text.encode())) < 5_000


def test_the_zone_that_is_chosen_is_there_by_whatever_name() -> None:
    assert "<option selected>Calcutta, Asia\n" in options(WINTER, chosen="Asia/Calcutta")
    assert "selected" not in options(WINTER, chosen="Mars/<Base>")
