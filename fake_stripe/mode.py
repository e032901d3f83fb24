"""The check of the mode, and the secret that signs events."""

import secrets
from pathlib import Path

from django.conf import settings

from saas.web.context import SANDBOX_NOTICE

NOTICE = SANDBOX_NOTICE
"""Stands on every page and receipt of the fake Stripe."""

API_KEY = "sandbox_has_no_key"
"""What to give the SDK, which wants some key."""


class FakeStripeDisabled(RuntimeError):
    """The fake Stripe was used while real billing is configured."""


def require_fake_stripe() -> None:
    """Raise FakeStripeDisabled unless BILLING_MODE is sandbox."""
    if settings.BILLING_MODE != "sandbox":
        raise FakeStripeDisabled(f"the sandbox is closed: BILLING_MODE is {settings.BILLING_MODE!r}")


def webhook_secret() -> str:
    """Return this installation's secret for signing events, made at the first call and saved in DATA_DIR.

    Raises FakeStripeDisabled.
    """
    require_fake_stripe()
    path = Path(settings.DATA_DIR) / "sandbox-webhook-secret"
    if not path.exists():
        _save_secret(path, f"whsec_sandbox_{secrets.token_hex(24)}")
    return path.read_text()


def _save_secret(path: Path, secret: str) -> None:
    """Write the secret, readable by the owner only. Of several processes the first one wins; none reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(secret)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
