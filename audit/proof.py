"""The newest checkpoint of an organization's chain, signed so that a stranger can check it: see docs/audit.md.

The notes in the file are signed with a secret, which only Milepost can check. What goes out carries an Ed25519
signature instead; its key is made of SECRET_KEY, so it changes with that only.
"""

import hmac
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from audit import checkpoints


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(settings.SECRET_KEY.encode(), b"audit.proof", "sha256"))


def public_key() -> str:
    """Return the key that checks the signatures, in hex: 32 bytes."""
    return _key().public_key().public_bytes_raw().hex()


def checkpoint(organization_id: UUID) -> dict[str, Any] | None:
    """Return the newest note of the chain, its exact text signed; None before the first hour's note."""
    note = checkpoints.newest_of(organization_id)
    if note is None:
        return None
    text = checkpoints.as_text(note)
    return {"text": text, "signature": _key().sign(text.encode()).hex(), "public_key": public_key()}
