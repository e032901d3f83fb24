"""Values as the API takes them: visible text, exact money."""

import re
import unicodedata
from decimal import Decimal
from typing import Any

from rest_framework import serializers

_BIDI = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"))
_MONEY = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")


def clean_text(value: str) -> str:
    """Return NFC text without direction overrides; what nobody can see is nothing."""
    text = unicodedata.normalize("NFC", value).translate(_BIDI).strip()
    visible = any(unicodedata.category(character) not in ("Cf", "Cc", "Zs") for character in text)
    return text if visible else ""


class TextField(serializers.CharField):
    """Text that is visible: NFC, no NUL, no direction overrides, and not only invisible characters."""

    def to_internal_value(self, data: Any) -> str:
        """Return clean text; refuse what is empty after cleaning, unless blank is fine."""
        if not isinstance(data, str):
            self.fail("invalid")
        text = clean_text(super().to_internal_value(data))
        if not text and not self.allow_blank:
            self.fail("blank")
        return text


class MoneyField(serializers.DecimalField):
    """A decimal string in the organization's currency, like "1500.00"; no floats, no exponents."""

    default_error_messages = {"invalid": 'Send money as a string of digits, like "1500.00".'}

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
