"""Values as the API takes them: visible text, exact money, ids, days and instants, each in one spelling."""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from rest_framework import serializers

from saas.kernel.text import UNSEEN, clean_text

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
"""The days that a business plans for."""

ANY_TEXT = r"^[^\u0000]*$"
MONEY = r"[0-9]{1,12}(\.[0-9]{1,2})?"
_MONEY = re.compile(f"-?{MONEY}")
_DIGITS = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(rf"{_DAY.pattern}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,6}})?(Z|[+-][0-9]{{2}}:[0-9]{{2}})")
_ID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")


class TextField(serializers.CharField):
    """Text that is visible: NFC, no NUL, no direction overrides, and not only invisible characters."""

    @property
    def pattern(self) -> str:
        """Return what the description says of the text."""
        return ANY_TEXT if self.allow_blank else f"[^{UNSEEN}]"

    def to_internal_value(self, data: Any) -> str:
        """Return clean text; refuse what is empty after cleaning, unless blank is fine."""
        if not isinstance(data, str):
            self.fail("invalid")
        text = clean_text(super().to_internal_value(data))
        if not text and not self.allow_blank:
            self.fail("blank")
        return text


class AddressField(serializers.EmailField):
    """An e-mail address, without characters that nobody sees: they would make two of one."""

    def to_internal_value(self, data: Any) -> str:
        """Return the address."""
        if not isinstance(data, str) or any(unicodedata.category(c) in ("Cf", "Cc") for c in data.strip()):
            self.fail("invalid")
        address: str = super().to_internal_value(data)
        return address


class MoneyField(serializers.DecimalField):
    """A decimal string in the organization's currency, like "1500.00"; no floats, no exponents."""

    default_error_messages = {"invalid": 'Send money as a string of digits, like "1500.00".'}

    @property
    def pattern(self) -> str:
        """Return what the description says of the amount; with a least amount, it is above zero."""
        return f"^-?{MONEY}$" if self.min_value is None else f"^(?=.*[1-9]){MONEY}$"

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the exact amount."""
        if not isinstance(data, str) or not data.isascii() or not _MONEY.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class CountField(serializers.IntegerField):
    """A whole JSON number; no string, no boolean, no 1.0."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class CountParameter(serializers.IntegerField):
    """A whole number in an address, in the digits 0 to 9; nothing else that Python would read as a number."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if not _DIGITS.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """true or false; no "yes", no 1."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the flag."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class IdField(serializers.UUIDField):
    """A UUID as hexadecimal text; no number, URN or braces."""

    def to_internal_value(self, data: Any) -> UUID:
        """Return the id."""
        if not isinstance(data, str) or not _ID.fullmatch(data):
            self.fail("invalid", value=data)
        return UUID(data)


class DayField(serializers.DateField):
    """A day between 2000 and 2100, like 2027-06-30."""

    pattern = "^(20[0-9]{2}-[0-9]{2}-[0-9]{2}|2100-01-01)$"

    def to_internal_value(self, value: Any) -> date:
        """Return the day; refuse one that no business plans for."""
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        day: date = super().to_internal_value(value)
        if not EARLIEST <= day <= LATEST:
            raise serializers.ValidationError(f"Choose a day between {EARLIEST} and {LATEST}.")
        return day


class InstantField(serializers.DateTimeField):
    """An RFC 3339 time with its offset, like 2027-06-30T12:00:00Z."""

    def to_internal_value(self, value: Any) -> datetime:
        """Return the instant; without an offset it would be a guess. An unescaped `+` arrives as a space."""
        text = value.replace(" ", "+") if isinstance(value, str) else ""
        if not _INSTANT.fullmatch(text):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")
        instant: datetime = super().to_internal_value(text)
        return instant
