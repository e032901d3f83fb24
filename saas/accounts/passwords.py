"""Passwords that are easy to guess here, though not elsewhere (ASVS 6.1.2); leaked ones: `saas.accounts.leaks`."""

from typing import Any

from django.core.exceptions import ValidationError

WORDS = (
    "milepost",
    "quest",
    "goal",
    "token",
    "ledger",
    "billing",
    "admin",
    "owner",
    "staff",
    "demo",
    "password",
    "welcome",
)
"""Words of the product and of its roles; docs/security.md lists them."""
REST_MIN = 8


class OwnWordsValidator:
    """Refuse a password that has fewer than 8 characters besides our own words: they count for nothing."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password that is too short once Milepost's own words are left out."""
        rest = password.casefold()
        for word in WORDS:
            rest = rest.replace(word, "")
        if len(rest) < min(REST_MIN, len(password)):
            raise ValidationError(self.get_help_text(), code="password_own_words")

    def get_help_text(self) -> str:
        """Return the rule in the words that forms show."""
        return f"Words like “milepost” are guessed first here: use at least {REST_MIN} other characters."
