"""Clean text that people typed, and check names."""

import re
import unicodedata

from saas.kernel.errors import Invalid

_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CONTROLS = "".join(map(chr, [*range(1, 9), 11, 12, *range(14, 32), *range(127, 160)]))
"""All but tab and line breaks; NUL is refused, not removed."""
_REMOVED = dict.fromkeys(map(ord, _BIDI + _CONTROLS))
UNSEEN = (
    r"\u0000-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
"""What is blank on the screen, as in a regular expression: controls, spaces, joiners, fillers, selectors."""
_UNSEEN_BEYOND = "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
"""The same beyond the characters that each language's regular expressions can name: shorthand, music, tags."""
_SEEN = re.compile(f"[^{UNSEEN}{_UNSEEN_BEYOND}]")
_ADDRESS = re.compile(r"://|www\.", re.IGNORECASE)


def clean_text(value: str) -> str:
    """Return NFC text without direction overrides and control characters; what nobody can see is nothing."""
    text = unicodedata.normalize("NFC", value).translate(_REMOVED).strip()
    return text if _SEEN.search(text) else ""


def clean_name(value: str) -> str:
    """Return clean text in one line: names stand in the subjects of mails and in headers of files."""
    return " ".join(clean_text(value.replace("\x00", "")).split())


def looks_like_an_address(name: str) -> bool:
    """Return True if a name carries a web address, in fullwidth letters too: our mails would carry it to strangers."""
    return _ADDRESS.search(unicodedata.normalize("NFKC", clean_name(name))) is not None


def require_name(name: str) -> str:
    """Return the name, cleaned. Raises Invalid for one that nobody sees or that carries a web address."""
    cleaned = clean_name(name)
    if not cleaned or looks_like_an_address(cleaned):
        raise Invalid("A name has something to read in it, and no web address (:// or www.).", field="name")
    return cleaned
