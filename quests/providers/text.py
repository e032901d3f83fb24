"""Text from outside, made safe to store and to show."""

import unicodedata

UNSEEN = frozenset({"Cc", "Cf", "Cs"})
"""Unicode categories that are dropped: controls (NUL), formats (bidi, zero width, tags), lone surrogates."""


def plain(text: str) -> str:
    """Return one line of NFC text: nothing invisible in it, white space collapsed, ends stripped.

    A joined emoji falls into its parts, which is the price of leaving nothing in that the eye cannot see.
    """
    seen = " ".join(text.split())
    if not seen.isprintable():
        seen = "".join(c for c in seen if unicodedata.category(c) not in UNSEEN)
    return unicodedata.normalize("NFC", seen).strip()


def shorten(text: str, length: int) -> str:
    """Return at most `length` characters, the cut marked with an ellipsis."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
