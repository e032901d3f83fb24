"""Filters for the words of notifications: instants and days in the organization's zone, money, what is off."""

from datetime import datetime
from decimal import Decimal

from django.template import Library
from django.utils import timezone

register = Library()

OFF = {
    "grace": "AI is off, sync and reports are on",
    "offline": "sync is off and the app works offline only",
    "suspended": "reports are off too",
}


@register.filter
def instant(value: str) -> str:
    """Return "29 March 2026, 01:30 (Europe/Berlin)"."""
    local = _local(value)
    return f"{_day(local)} {local:%Y, %H:%M} ({timezone.get_current_timezone_name()})"


@register.filter
def day(value: str) -> str:
    """Return "29 March"."""
    return _day(_local(value))


@register.filter
def money(amount: str, currency: str) -> str:
    """Return "$29.00", or "29.00 EUR"."""
    value = Decimal(amount)
    return f"${value:,.2f}" if currency == "usd" else f"{value:,.2f} {currency.upper()}"


@register.filter
def what_is_off(state: str) -> str:
    """Return what a state of the license means."""
    return OFF[state]


def _day(local: datetime) -> str:
    return f"{local.day} {local:%B}"


def _local(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(timezone.get_current_timezone())
