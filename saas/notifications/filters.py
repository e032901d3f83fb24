"""Filters for the words of notifications: instants and days in the organization's zone, money, what is off."""

from datetime import datetime

from django.template import Library
from django.utils import timezone
from django.utils.dateformat import format as format_date

from saas.kernel.money import format_money
from saas.web.templatetags.components import WHEN

register = Library()

OFF = {
    "grace": "AI is off, sync and reports are on",
    "offline": "sync is off and the app works offline only",
    "suspended": "reports are off too",
}


@register.filter
def instant(value: str) -> str:
    """Return "29 Mar 2026, 01:30 (Europe/Berlin)"."""
    return f"{format_date(_local(value), WHEN['datetime'])} ({timezone.get_current_timezone_name()})"


@register.filter
def day(value: str) -> str:
    """Return "29 Mar"."""
    return format_date(_local(value), WHEN["day"])


@register.filter
def money(amount: str, currency: str) -> str:
    """Return "$29.00": a currency is written as Stripe does, "usd"."""
    return format_money(amount, currency.upper())


@register.filter
def what_is_off(state: str) -> str:
    """Return what a state of the license means."""
    return OFF[state]


def _local(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(timezone.get_current_timezone())
