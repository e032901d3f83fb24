"""Amounts of money as people read them, and the currencies that an organization can count in.

Pages and mails are in English, and so are their figures: the currency alone decides how an amount looks.
"""

from decimal import Decimal
from functools import lru_cache

from babel.numbers import get_currency_name, get_currency_symbol, get_territory_currencies

LANGUAGE = "en"
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

# fmt: off
OFFERED = (
    "AED", "ARS", "AUD", "BAM", "BDT", "BRL", "CAD", "CHF", "CNY", "CRC", "CZK", "DKK", "DOP", "EGP", "EUR",
    "GBP", "GEL", "GHS", "GTQ", "HKD", "ILS", "INR", "JMD", "KES", "KZT", "LKR", "MAD", "MDL", "MKD", "MXN",
    "MYR", "NGN", "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "SAR", "SEK", "SGD", "THB",
    "TRY", "TWD", "UAH", "USD", "UYU", "ZAR",
)
# fmt: on
"""Codes of ISO 4217 that are written with two decimals, as amounts are stored."""


def currencies() -> list[tuple[str, str]]:
    """Return the currencies that are offered, by code, with their names: ("EUR", "EUR, Euro")."""
    return [(code, f"{code}, {get_currency_name(code, locale=LANGUAGE)}") for code in OFFERED]


def currency_of_country(country: str) -> str:
    """Return the currency of a country (ISO 3166, "IT") if it is offered, else an empty text."""
    used = get_territory_currencies(country) if country else []
    return next((code for code in used if code in OFFERED), "")


@lru_cache
def symbol_of(currency: str) -> str:
    """Return what stands before an amount: "$", or the code where English has no sign for a currency."""
    return get_currency_symbol(currency, locale=LANGUAGE)


def format_money(amount: Decimal | int | str, currency: str, *, minus: str = MINUS, whole: bool = False) -> str:
    """Return "$1,500.00", "€1,500.00" or "CHF 1,500.00"; with `whole`, cents only where there are some."""
    value, symbol = Decimal(amount), symbol_of(currency)
    figure = f"{abs(value):,.2f}"
    figure = figure.removesuffix(".00") if whole else figure
    space = NBSP if symbol[-1:].isalpha() else ""
    return f"{minus if value < 0 else ''}{symbol}{space}{figure}"
