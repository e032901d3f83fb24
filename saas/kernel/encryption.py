"""Encrypting what must be read again: under keys derived from SECRET_KEY, which the database does not have.

Note [Encrypted, not hashed]
    What signs or computes codes is needed itself, so a hash will not do. It is stored encrypted (Fernet: AES-128-CBC
    with HMAC-SHA256) under a key derived from SECRET_KEY (HKDF), one for each purpose: a copy of the database alone
    forges nothing. With a new SECRET_KEY, what the old one encrypted stays readable while it is in
    SECRET_KEY_FALLBACKS.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from saas.kernel.secret_keys import secret_keys


class Unreadable(Exception):
    """It was encrypted under another SECRET_KEY, or is no encrypted text at all."""


def encrypt(text: str, *, purpose: str) -> str:
    """Return what may be stored."""
    return _box(purpose).encrypt(text.encode()).decode()


def decrypt(encrypted: str, *, purpose: str) -> str:
    """Return the text; raise Unreadable."""
    try:
        return _box(purpose).decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _box(purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(_key(key, purpose)) for key in secret_keys()])


def _key(secret_key: str, purpose: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return urlsafe_b64encode(derivation.derive(secret_key.encode()))
