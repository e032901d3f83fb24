"""Signals of Django and allauth about logins and accounts: stored when received, recorded in the audit log by a job.

Note [Stored first, recorded later]
    A login must neither wait for the audit log's locks nor fail with them. So a signal makes one INSERT, and a job
    appends it to the chains: the platform's, and for what concerns everybody who works with the person, that of each
    organization of theirs. Each chain has a row of its own: one that cannot be written stops no other.

Note [No flood]
    Guessing passwords must not fill the log. Failures of one person from one block of addresses are one row and
    one event for each WINDOW, with how often; a log line is written for the 1st, 10th, 100th ... of them. When very
    many people or addresses are tried in a window, the job records the most frequent ones and the sum of the rest.
"""

import logging
from contextlib import nullcontext, suppress
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as mfa
from django.contrib.auth import signals as auth
from django.db import DatabaseError, connection
from django.db.transaction import atomic
from django.dispatch import Signal
from django.http import HttpRequest

from audit.actions import PLATFORM
from saas.accounts import queries as accounts
from saas.accounts.models import User, canonical_email
from saas.kernel.ids import uuid7
from saas.kernel.serialization import as_json
from saas.kernel.transactions import Statement, run_batch
from saas.web.limits import client_address

logger = logging.getLogger(__name__)

WINDOW = timedelta(minutes=10)
FAILURES = frozenset({"user.login_failed", "user.factor_failed"})

RECEIVED: dict[str, tuple[Signal, bool]] = {
    "user.logged_in": (auth.user_logged_in, False),
    "user.logged_out": (auth.user_logged_out, False),
    "user.login_failed": (auth.user_login_failed, False),
    "user.password_set": (account.password_set, True),
    "user.password_changed": (account.password_changed, True),
    "user.password_reset": (account.password_reset, True),
    "user.email_added": (account.email_added, True),
    "user.email_removed": (account.email_removed, True),
    "user.email_changed": (account.email_changed, True),
    "user.email_confirmed": (account.email_confirmed, True),
    "user.factor_added": (mfa.authenticator_added, True),
    "user.factor_removed": (mfa.authenticator_removed, True),
    "user.factor_reset": (mfa.authenticator_reset, True),
    "user.factor_failed": (mfa.authentication_failed, False),
}
"""The kinds of events, the signals that they come from, and whether the person's organizations have them too."""


def connect() -> None:
    """Connect the receivers to the signals."""
    auth.user_logged_in.connect(_choose_organization, dispatch_uid="choose organization")
    for kind, (signal, shared) in RECEIVED.items():
        signal.connect(_Receiver(kind, shared), weak=False, dispatch_uid=f"activity {kind}")


def _choose_organization(sender: Any, request: HttpRequest, user: User, **values: Any) -> None:
    """Note in the session which organization it works in, so that an open page never acts in another one."""
    membership = accounts.membership(user_id=user.pk)
    if membership is not None and "organization_id" not in request.session:
        request.session["organization_id"] = str(membership.organization_id)


class _Receiver:
    """Stores a signal as a row. If that fails it is logged: a login never fails for it."""

    def __init__(self, kind: str, shared: bool) -> None:
        self.kind, self.shared = kind, shared

    def __call__(self, sender: Any, request: HttpRequest | None = None, **values: Any) -> None:
        user_id = _whose(values)
        address = address_block(client_address(request)) if request else ""
        try:
            with atomic() if connection.in_atomic_block else nullcontext():  # one that fails spoils no outer one
                times = self._store(user_id, address, _details(self.kind, request, values), request)
        except DatabaseError:
            logger.exception("%s of user %s could not be stored", self.kind, user_id)
            return
        if self.kind not in FAILURES:
            logger.info("%s: user %s from %s", self.kind, user_id, address)
        elif str(times).strip("0") == "1":
            logger.warning("%s: user %s from %s, %d times", self.kind, user_id, address, times)

    def _store(self, user_id: UUID | None, address: str, data: dict[str, Any], request: HttpRequest | None) -> int:
        chains = [PLATFORM]
        if self.shared and user_id:
            chains += [membership.organization.pk for membership in accounts.memberships_of(user_id)]
        request_id = getattr(request, "request_id", "")
        statements = [
            _insertion(chain, self.kind, user_id=user_id, address=address, data=data, request_id=request_id)
            for chain in chains
        ]
        [(times,)] = run_batch(*statements)[0]
        return int(times)


def _insertion(chain: UUID, kind: str, **values: Any) -> Statement:
    """Return the INSERT of a row; a failure counts on in its window's row, which the job takes when it is over."""
    seconds = int(WINDOW.total_seconds()) if kind in FAILURES else None
    return Statement(
        """
        INSERT INTO team_accountactivity AS a
            (id, chain_id, kind, user_id, address, data, request_id, times, happened_at, window_starts_at, due_at)
        SELECT %s, %s, %s, %s, %s, %s, %s, 1, w.now, w.starts_at, coalesce(w.starts_at + %s, w.now)
        FROM (
            SELECT n.now, to_timestamp(floor(extract(epoch FROM n.now) / s.length) * s.length) AS starts_at
            FROM (SELECT clock_timestamp() AS now) n, (SELECT %s::integer AS length) s
        ) w
        ON CONFLICT (kind, user_id, address, window_starts_at) WHERE window_starts_at IS NOT NULL
        DO UPDATE SET times = a.times + 1
        RETURNING times
        """,
        [
            *(uuid7(), chain, kind, values["user_id"], values["address"], as_json(values["data"])),
            *(values["request_id"][:64], WINDOW, seconds),
        ],
    )


def address_block(address: str) -> str:
    """Return the block that an address is in: /24, or /48 of IPv6; "" for what is none.

    >>> address_block("203.0.113.77")
    '203.0.113.0/24'
    """
    with suppress(ValueError):
        bits = 24 if ip_address(address).version == 4 else 48
        return str(ip_network((address, bits), strict=False))
    return ""


def _whose(values: dict[str, Any]) -> UUID | None:
    """Return the person the signal is about; None if nobody has the address that was typed."""
    if (user := values.get("user")) is not None:
        found: UUID = user.pk
        return found
    if (email_address := values.get("email_address")) is not None:
        owner: UUID = email_address.user_id
        return owner
    typed = values.get("credentials", {}).get("email")
    if not isinstance(typed, str) or "@" not in typed or "\x00" in typed:
        return None
    return User.objects.filter(canonical_email=canonical_email(typed[:320])).values_list("pk", flat=True).first()


def _details(kind: str, request: HttpRequest | None, values: dict[str, Any]) -> dict[str, Any]:
    """Return the further fields of the event: ids and words of ours, never what somebody typed."""
    if kind == "user.logged_in" and request is not None:
        records = get_authentication_records(request, values["user"])
        return {"methods": sorted({record["method"] for record in records})}
    if (authenticator := values.get("authenticator")) is not None:
        return {"factor": str(authenticator.type)}
    addresses = {
        "address_id": values.get("email_address"),
        "from_address_id": values.get("from_email_address"),
        "to_address_id": values.get("to_email_address"),
    }
    return {name: row.pk for name, row in addresses.items() if row is not None}
