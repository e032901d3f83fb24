"""Links to gifted packs.

Note [A link that is never stored]
    A link's secret is 256 bits that nobody can guess without the server's key: an HMAC of the gift's id. So the
    mail that a job sends, and the page that shows the link to its buyer to pass on, say the same without it lying
    in the database, where only its SHA-256 is. After a change of the server's key the old links go on working;
    they are shown and mailed while the old key is in SECRET_KEY_FALLBACKS.
"""

from base64 import urlsafe_b64encode
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

from marketplace.models.gifts import Gift, GiftStatus
from saas.accounts.keys import secret_hash
from saas.kernel.secret_keys import secret_keys


def secret_of(gift_id: UUID, *, key: str | None = None) -> str:
    """Return the secret of a gift's link, of the newest key; see Note [A link that is never stored]."""
    digest = salted_hmac("marketplace.gifts", str(gift_id), secret=key, algorithm="sha256").digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def link_of(gift: Gift) -> str | None:
    """Return the link of a pack that waits to be taken, or None; also where the key that made it is gone."""
    if gift.status != GiftStatus.OFFERED or gift.secret_hash is None:
        return None
    for key in secret_keys():
        secret = secret_of(gift.pk, key=key)
        if bytes(gift.secret_hash) == secret_hash(secret):
            return f"{settings.BASE_URL}/gifts/{secret}"
    return None
