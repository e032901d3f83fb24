"""The newest checkpoint of an organization's chain, signed so that a stranger can check it: see docs/audit.md.

The notes in the file are signed with a secret, which only Milepost can check. What goes out carries an Ed25519
signature instead; its key is made of SECRET_KEY, so it changes with that only. A proof names its key, and the public
keys of former ones stay known while those are in SECRET_KEY_FALLBACKS.
"""

import hmac
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit import checkpoints
from saas.kernel.secret_keys import key_id, secret_keys


def _private(key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(key.encode(), b"audit.proof", "sha256"))


def _public(key: str) -> str:
    return _private(key).public_key().public_bytes_raw().hex()


def public_key() -> str:
    """Return the key that checks the signatures, in hex: 32 bytes."""
    return _public(secret_keys()[0])


def public_keys() -> dict[str, str]:
    """Return the keys that check present and former signatures by their ids, the newest first."""
    return {key_id(key): _public(key) for key in secret_keys()}


def checkpoint(organization_id: UUID) -> dict[str, Any] | None:
    """Return the newest note of the chain, its exact text signed; None before the first hour's note."""
    note = checkpoints.newest_of(organization_id)
    if note is None:
        return None
    text = checkpoints.as_text(note)
    return as_signed(text, *sign(text))


def sign(text: str) -> tuple[str, str]:
    """Sign a text with the present key; return the signature in hex and the key's id."""
    key = secret_keys()[0]
    return _private(key).sign(text.encode()).hex(), key_id(key)


def as_signed(text: str, signature: str, key: str) -> dict[str, Any]:
    """Return a signed text as it goes out, with the public key of the id that signed it; "" when it is unknown."""
    return {"text": text, "signature": signature, "public_key": public_keys().get(key, ""), "key": key}


def has_signed(text: str, signature: str, key: str) -> bool:
    """Return True if the key of that id, which must be one of ours, signed the text."""
    if key not in (known := public_keys()):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(known[key])).verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
