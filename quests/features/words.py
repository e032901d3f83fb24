"""Numbers and dates as people write them."""

from datetime import date
from decimal import Decimal

from saas.kernel.money import format_money


def money(amount: Decimal, currency: str) -> str:
    """Return `$1,500` or `SEK 1,234.50`: cents only where there are some."""
    return format_money(amount, currency, minus="-", whole=True)


def about(amount: Decimal, currency: str) -> str:
    """Return the amount in round figures."""
    return money(round_figure(amount), currency)


def round_figure(amount: Decimal) -> Decimal:
    """Return an amount with three digits that matter, and no cents from 1 upwards."""
    if amount < 1:
        return amount
    step = Decimal(10) ** max(1 if amount >= 100 else 0, amount.adjusted() - 2)
    return round(amount / step) * step


def day(value: date) -> str:
    """Return `30 June 2027`."""
    return f"{value.day} {value:%B} {value.year}"


def percent(share: Decimal) -> str:
    """Return `8%`, or `under 1%`."""
    return f"{share:.0%}" if share >= Decimal("0.01") else "under 1%"


def plural(count: int, noun: str) -> str:
    """Return `1 week`, `3 weeks`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
