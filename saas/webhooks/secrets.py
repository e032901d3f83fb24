"""The secrets that sign messages; stored encrypted, see Note [Encrypted, not hashed]."""

import secrets
from base64 import b64encode
from datetime import datetime

from standardwebhooks import Webhook

from saas.kernel import encryption
from saas.kernel.encryption import Unreadable

__all__ = ["Unreadable", "decrypt", "encrypt", "new_secret", "signed_headers"]

SECRET_BYTES = 32
PURPOSE = "milepost webhook secrets"


def new_secret() -> str:
    """Return a new secret, in the form that Standard Webhooks gives it."""
    return "whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def encrypt(secret: str) -> str:
    """Return what may be stored."""
    return encryption.encrypt(secret, purpose=PURPOSE)


def decrypt(encrypted: str) -> str:
    """Return the secret; raise Unreadable: it then was encrypted under a SECRET_KEY that is gone."""
    return encryption.decrypt(encrypted, purpose=PURPOSE)


def signed_headers(*, by: list[str], message_id: str, body: str, at: datetime) -> dict[str, str]:
    """Return the headers of Standard Webhooks, signed by each secret. `at` is in UTC."""
    signatures = [Webhook(secret).sign(msg_id=message_id, timestamp=at, data=body) for secret in by]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
