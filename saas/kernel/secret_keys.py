"""SECRET_KEY and SECRET_KEY_FALLBACKS, and their ids.

Note [A key is replaced, not lost]
    Everything that is signed or encrypted takes the newest key and names it, and is read with any key that is in
    SECRET_KEY or SECRET_KEY_FALLBACKS. How to replace one is in docs/security.md.
"""

import hmac
from hashlib import sha256

from django.conf import settings

ID_CHARACTERS = 8


def secret_keys() -> list[str]:
    """Return the valid keys, the newest first."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def key_id(key: str) -> str:
    """Return an id of the key from which the key cannot be computed."""
    return hmac.digest(key.encode(), b"milepost key id", sha256).hex()[:ID_CHARACTERS]
