"""What stands on a card's or bank's statement: at most 22 characters, without < > \\ ' " *, and with a letter.

A pay page may add to the account's own prefix only, of up to 10 characters and two between: so 10 are left.
"""

import re

BRAND = "MILEPOST"
LENGTH_MAX, SUFFIX_MAX = 22, 10


def plan_statement(name: str) -> str:
    """Return what a plan's bills are called.

    >>> plan_statement("Enterprise")
    'MILEPOST ENTERPRISE'
    """
    return _clean(f"{BRAND} {name}")[:LENGTH_MAX].strip()


def pack_statement(tokens: int) -> str:
    """Return what an invoice of a pack is called.

    >>> pack_statement(2000)
    'MILEPOST 2K TOKENS'
    """
    return f"{BRAND} {pack_suffix(tokens)}"


def pack_suffix(tokens: int) -> str:
    """Return what follows the account's prefix when a pack is paid on a pay page.

    >>> pack_suffix(500), pack_suffix(25000), pack_suffix(12500)
    ('500 TOKENS', '25K TOKENS', 'TOKENS')
    """
    count = f"{tokens // 1000}K" if tokens >= 1000 and tokens % 1000 == 0 else f"{tokens}"
    suffix = f"{count} TOKENS"
    return suffix if len(suffix) <= SUFFIX_MAX else "TOKENS"


def _clean(text: str) -> str:
    ascii_only = text.upper().encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^A-Z0-9 .&-]", " ", ascii_only).split())
