"""How amounts look, and which currencies are offered."""

from decimal import Decimal

import pytest
from babel.numbers import get_currency_precision

from saas.kernel.money import MINUS, NBSP, OFFERED, currencies, currency_of_country, format_money

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1500", "USD", "$1,500.00"),
        ("-1234.5", "EUR", f"{MINUS}€1,234.50"),
        ("1500", "CHF", f"CHF{NBSP}1,500.00"),
        ("999999999999.99", "CAD", "CA$999,999,999,999.99"),
    ],
)
def test_an_amount_shows_its_currency_and_all_of_its_cents(amount: str, currency: str, expected: str) -> None:
    assert format_money(Decimal(amount), currency) == expected


def test_cents_are_left_out_only_where_there_are_none() -> None:
    assert format_money(Decimal("1500.00"), "GBP", whole=True) == "£1,500"
    assert format_money(Decimal("1500.10"), "GBP", whole=True) == "£1,500.10"


def test_every_currency_that_is_offered_has_a_name_and_two_decimals() -> None:
    assert [code for code in OFFERED if get_currency_precision(code) != 2] == []
    assert [text for code, text in currencies() if text == f"{code}, {code}"] == []


def test_a_country_leads_to_its_currency_if_that_is_offered() -> None:
    assert [currency_of_country(country) for country in ("IT", "GB", "JP", "", "ZZ")] == ["EUR", "GBP", "", "", ""]
