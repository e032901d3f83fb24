"""The secrets that sign messages.

Note [Encrypted, not hashed]
    Signing needs the secret itself, so a hash will not do. It is stored encrypted (Fernet: AES-128-CBC with
    HMAC-SHA256) under a key derived from SECRET_KEY (HKDF), which the database does not know: a copy of the
    database forges no message. With a new SECRET_KEY, the old one stays good while it is in
    SECRET_KEY_FALLBACKS; otherwise each endpoint needs a new secret, and its log says so.
"""

import secrets
from base64 import b64encode, urlsafe_b64encode
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from standardwebhooks import Webhook

from saas.kernel.secret_keys import secret_keys

SECRET_BYTES = 32


class Unreadable(Exception):
    """The secret was encrypted under another SECRET_KEY."""


def new_secret() -> str:
    """Return a new secret, in the form that Standard Webhooks gives it."""
    return "whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def encrypt(secret: str) -> str:
    """Return what may be stored."""
    return _box().encrypt(secret.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Return the secret; raise Unreadable."""
    try:
        return _box().decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_key(key)) for key in secret_keys()])


def _key(secret_key: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"milepost webhook secrets")
    return urlsafe_b64encode(derivation.derive(secret_key.encode()))


def signed_headers(*, by: list[str], message_id: str, body: str, at: datetime) -> dict[str, str]:
    """Return the headers of Standard Webhooks, signed by each secret. `at` is in UTC."""
    signatures = [Webhook(secret).sign(msg_id=message_id, timestamp=at, data=body) for secret in by]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
