"""SECRET_KEY is replaced as docs/security.md says: what was signed, encrypted and linked before goes on working."""

import hmac
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from hashlib import pbkdf2_hmac, sha256
from os import environ
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings as configured

from audit import checkpoints, proof
from audit.tasks import checkpoint
from audit.verification import verify
from marketplace.gifts.links import link_of, secret_of
from marketplace.models.gifts import Gift, GiftStatus
from saas.accounts.keys import secret_hash
from saas.kernel.ids import uuid7
from saas.kernel.secret_keys import key_id
from saas.webhooks import secrets as webhook_secrets
from tests import databases
from tests.conftest import Person

pytestmark = pytest.mark.own_database

PROVISION = (
    "import django; django.setup(); from saas.backoffice.management.commands import prepare; prepare.provision()"
)
OLD = configured.SECRET_KEY


@pytest.fixture
def notes(settings: Any, tmp_path: Path) -> Path:
    """The file of checkpoints, this test's own."""
    settings.AUDIT_CHECKPOINTS = tmp_path / "checkpoints.jsonl"
    return Path(settings.AUDIT_CHECKPOINTS)


def provision(**variables: str) -> None:
    """Make roles and grants as `prepare` does, in a process that is told these settings."""
    subprocess.run([sys.executable, "-c", PROVISION], cwd=configured.BASE_DIR, env={**environ, **variables}, check=True)


@pytest.fixture
def put_back() -> Iterator[None]:
    """Give the application's role back the password that all other tests know."""
    with databases.roles_alone():
        yield
        provision()


def is_password(superuser: psycopg.Connection, password: str) -> bool:
    """Return True if PostgreSQL takes the password for app_web (RFC 5802)."""
    row = superuser.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'app_web'").fetchone()
    assert row
    _, rounds_and_salt, keys = row[0].split("$")
    rounds, salt = rounds_and_salt.split(":")
    salted = pbkdf2_hmac("sha256", password.encode(), b64decode(salt), int(rounds))
    stored = sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return bool(stored == b64decode(keys.split(":")[0]))


def database_password(key: str) -> str:
    return hmac.digest(key.encode(), b"app_web", "sha256").hex()


@pytest.mark.slow
def test_nothing_is_lost_when_the_key_is_replaced(
    alice: Person, settings: Any, notes: Path, superuser: psycopg.Connection, put_back: None
) -> None:
    new = token_urlsafe(64)
    browser, forgotten = alice.browser(), alice.browser()
    encrypted = webhook_secrets.encrypt("whsec_before")
    gift_id = uuid7()
    gift = Gift(id=gift_id, status=GiftStatus.OFFERED, secret_hash=secret_hash(secret_of(gift_id)))
    link = link_of(gift)
    checkpoint()
    with alice.acting():
        proven = proof.checkpoint(alice.organization_id)
    assert proven and proven["key"] == key_id(OLD)

    # Step 1 of docs/security.md: the new key, the old one as a fallback; step 2: prepare.
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = new, [OLD]
    provision(SECRET_KEY=new, SECRET_KEY_FALLBACKS=OLD)

    assert is_password(superuser, database_password(new)) and not is_password(superuser, database_password(OLD))
    assert browser.get("/goals").status_code == 200
    assert webhook_secrets.decrypt(encrypted) == "whsec_before"
    assert link_of(gift) == link
    alice.post("/goals", {"title": "Later", "target_amount": "10.00"})
    checkpoint()
    with alice.acting():
        report = verify()
        assert (report.breaches, report.checkpoints) == ([], 2)
        later = proof.checkpoint(alice.organization_id)
    assert later and later["key"] == key_id(new) != key_id(OLD)
    for one in (proven, later):
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(proof.public_keys()[one["key"]]))
        key.verify(bytes.fromhex(one["signature"]), one["text"].encode())
    page = browser.get("/settings/audit-log").content.decode()
    assert all(key in page for key in proof.public_keys().values())

    # Without the fallback: what is gone says which key it needs.
    settings.SECRET_KEY_FALLBACKS = []
    assert browser.get("/goals").status_code == 200, "the session was signed anew when it was used"
    assert forgotten.get("/goals").status_code == 302
    assert link_of(gift) is None
    unreadable = [note for note in checkpoints.read() if isinstance(note, checkpoints.UnreadableLine)]
    assert {note.key for note in unreadable} == {key_id(OLD)}


def test_notes_from_before_keys_had_names_are_read(alice: Person, notes: Path) -> None:
    checkpoint()
    text = notes.read_text()
    notes.write_text(text.replace(f', "key": "{key_id(OLD)}"', ""))
    assert notes.read_text() != text
    assert not [note for note in checkpoints.read() if isinstance(note, checkpoints.UnreadableLine)]
