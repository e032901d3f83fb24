"""Rate limits of logins, sign-ups, codes and mails; docs/security.md has the whole table.

Note [Nobody locks another out]
    Wrong passwords are counted by account and block of addresses, and there it is hard: a guesser has few tries from
    one place. Over all places an account has a larger limit, which binds only those who were never logged in to it
    from the device: it stops a guesser with many addresses, not the owner. A known device has a count of its own.
    An owner on a new device meanwhile resets the password by mail, or uses a passkey.
"""

from hashlib import sha256
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from saas.web import counters
from saas.web.limits import RateLimited, client_address

PER_BLOCK, PER_DEVICE, PER_ACCOUNT = (5, 300), (10, 300), (50, 900)
"""Wrong passwords, and in how many seconds: from one block, from a known device, over all other places."""

POSTS = {
    "account_login": ("address", 30, 60),
    "mfa_login_webauthn": ("address", 10, 60),
    "account_signup": ("address", 20, 60),
    "account_reset_password": ("address", 20, 60),
    "account_reset_password_from_key": ("address", 20, 60),
    "account_email": ("person", 10, 60),
    "account_email_verification_sent": ("address", 10, 60),
    "account_change_password": ("person", 5, 60),
    "account_reauthenticate": ("person", 10, 60),
    "mfa_reauthenticate": ("person", 10, 60),
    "mfa_reauthenticate_webauthn": ("person", 10, 60),
}
"""Pages that are posted to: counted by address or by person, how many, in how many seconds."""

CODES = (5, 300)
"""Wrong codes of a second factor a person, and in how many seconds; only who has the password can try one."""

MAILS = (5, 3600)
"""Mails to one address on behalf of whoever typed it, and in how many seconds."""

DEVICE_COOKIE = "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"
DEVICE_SECONDS = 365 * 86_400
ACCOUNTS_A_DEVICE = 8


def enforce(request: HttpRequest, page: str) -> None:
    """Count a post to a page. Raises RateLimited when it is one too many."""
    by, most, seconds = POSTS[page]
    who = str(request.user.pk) if by == "person" else block_of(client_address(request), whole=True)
    counted = counters.count(f"post:{page}:{who}", seconds=seconds)
    if counted.number > most:
        raise RateLimited(
            f"At most {most} attempts a minute are possible here. Try again when the minute is over.",
            retry_after=counted.seconds_left,
            limit=most,
        )


def block_of(address: str, *, whole: bool = False) -> str:
    """Return the block an address is in: /24 of IPv4, /56 of IPv6; `whole` is the address itself, /64 of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and (mapped := getattr(parsed, "ipv4_mapped", None)):
        parsed = mapped
    bits = {4: 32 if whole else 24, 6: 64 if whole else 56}[parsed.version]
    return str(ip_network(f"{parsed}/{bits}", strict=False))


class LoginAttempt:
    """One try of a password for an account, named by its canonical address, which need not exist."""

    def __init__(self, request: HttpRequest, account: str) -> None:
        if is_known_device(request, account):
            device = request.COOKIES.get(DEVICE_COOKIE, "session")
            self._limits = [(f"login:device:{account}:{device}", *PER_DEVICE)]
        else:
            block = block_of(client_address(request))
            self._limits = [(f"login:block:{account}:{block}", *PER_BLOCK), (_everywhere(account), *PER_ACCOUNT)]

    def is_allowed(self) -> bool:
        """Count the try against each limit in order, up to the first that refuses; return whether it is allowed."""
        return all(counters.count(key, seconds=seconds).number <= most for key, most, seconds in self._limits)

    def succeeded(self) -> None:
        """Undo the count: the password was right."""
        counters.take_back(*[key for key, _, _ in self._limits])


def forget_failures(account: str) -> None:
    """Reset the failed logins of an account, whose owner has just read a mail of ours."""
    counters.forget(_everywhere(account))


def _everywhere(account: str) -> str:
    return f"login:account:{account}"


def may_mail(address: str) -> bool:
    """Count a mail to an address that somebody typed; return whether it may be sent."""
    most, seconds = MAILS
    return counters.count(f"mail:{address}", seconds=seconds).number <= most


def try_code(user_id: object) -> bool:
    """Count a code of a second factor; return whether it may be tried."""
    most, seconds = CODES
    return counters.count(_codes(user_id), seconds=seconds).number <= most


def forget_codes(user_id: object) -> None:
    """Reset the counter after the right code."""
    counters.forget(_codes(user_id))


def _codes(user_id: object) -> str:
    return f"codes:{user_id}"


# Known devices: a signed cookie that names, hashed, the accounts that were logged in to here.


def is_known_device(request: HttpRequest, account: str) -> bool:
    """Return True if somebody logged in to the account from this browser before."""
    return _mark(account) in _marks(request) or request.session.get("known_device") == _mark(account)


def know_device(request: HttpRequest, response: HttpResponse, account: str) -> None:
    """Set the cookie that marks the browser as known to the account."""
    marks = [_mark(account), *(mark for mark in _marks(request) if mark != _mark(account))][:ACCOUNTS_A_DEVICE]
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps(marks, salt=__name__),
        max_age=DEVICE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def know_session(request: HttpRequest, account: str) -> None:
    """Mark the present session's browser as a known device: its person has just read a mail of ours."""
    request.session["known_device"] = _mark(account)


def _marks(request: HttpRequest) -> list[str]:
    try:
        marks = signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=__name__, max_age=DEVICE_SECONDS)
    except signing.BadSignature:
        return []
    return [str(mark) for mark in marks] if isinstance(marks, list) else []


def _mark(account: str) -> str:
    return sha256(f"device:{account}".encode()).hexdigest()[:32]
