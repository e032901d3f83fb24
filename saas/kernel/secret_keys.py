"""The keys that are made of SECRET_KEY, and those before it that are still good.

Note [A key is replaced, not lost]
    Everything that is signed or encrypted takes the newest key and names it, and is read with any key that is in
    SECRET_KEY or SECRET_KEY_FALLBACKS. How to replace one is in docs/security.md.
"""

import hmac
from hashlib import sha256

from django.conf import settings

ID_CHARACTERS = 8


def secret_keys() -> list[str]:
    """Return the keys that are good, the newest first."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def key_id(key: str) -> str:
    """Return a name for the key that gives nothing of it away."""
    return hmac.digest(key.encode(), b"milepost key id", sha256).hex()[:ID_CHARACTERS]
