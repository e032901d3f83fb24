"""Which URLs a webhook endpoint may have, and which addresses its host may resolve to.

Note [Checked when connecting]
    A URL that looks harmless may lead inside: its name resolves to a private address, or to a public one at
    first and to a private one a moment later. So what counts is the address at the moment of connecting:
    the name is resolved once, every address found must be public, and the connection is made to one of these
    addresses, not to the name. TLS and the Host header still have the name. What `endpoint_url` refuses
    before, it refuses to be helpful.
"""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from saas.kernel.errors import Invalid

URL_CHARACTERS_MAX = 500
HTTPS_PORT = 443
FIRST_FREE_PORT = 1024
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
"""What WEBHOOKS_TO_LOOPBACK allows, while developing."""

GLOBAL_IPV6 = IPv6Network("2000::/3")
"""Everything that is routed in public. Forms that carry an IPv4 address inside (mapped, NAT64) are outside of it."""

NOT_PUBLIC = [
    ip_network(network)
    for network in (
        "168.63.129.16/32",  # Azure's machines ask it for secrets, although it is a public address
        "192.0.0.0/24",  # protocol assignments: Oracle's machines ask there
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # protocol assignments: Teredo and others
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
]

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"({_LABEL}\.){{1,126}}[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?")
_VISIBLE = re.compile(r"[!-~]+")
_HOMES = (".localhost", ".local", ".localdomain", ".internal", ".home.arpa", ".lan", ".onion")


def endpoint_url(url: str) -> str:
    """Return the URL if an endpoint may have it; raise Invalid with what is wrong."""
    problem = _problem(url)
    if problem:
        raise Invalid(problem, field="url")
    return url


def _problem(url: str) -> str:
    """Say what is wrong with a URL; nothing when it is fine."""
    if len(url) > URL_CHARACTERS_MAX or not _VISIBLE.fullmatch(url) or "\\" in url:
        return f"Write the address in at most {URL_CHARACTERS_MAX} visible ASCII characters."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "This is not an address. Write it like https://example.com/webhooks."
    if settings.WEBHOOKS_TO_LOOPBACK and host in LOOPBACK_HOSTS and parts.scheme in ("http", "https"):
        return ""
    return _unfit(parts, host, HTTPS_PORT if port is None else port)


def _unfit(parts: SplitResult, host: str, port: int) -> str:
    if parts.scheme != "https":
        return "The address must begin with https://."
    if "@" in parts.netloc or "#" in parts.geturl():
        return "The address must not have a user, a password or a fragment (#)."
    if not _NAME.fullmatch(host) or len(host) > 253 or host.endswith(_HOMES):
        return "The address needs the name of a public host, like example.com."
    if port != HTTPS_PORT and port < FIRST_FREE_PORT:
        return f"Use the port {HTTPS_PORT}, or one from {FIRST_FREE_PORT} on."
    return ""


def may_connect(host: str, address: str) -> bool:
    """Return True if a connection to `host` may be made to this address."""
    found = ip_address(address)
    if settings.WEBHOOKS_TO_LOOPBACK and host in LOOPBACK_HOSTS:
        return found.is_loopback
    return is_public(found)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return True if the address is public: not private, loopback, link-local, multicast or tunnelled."""
    if isinstance(address, IPv6Address) and address not in GLOBAL_IPV6:
        return False
    if address.is_multicast or not address.is_global:
        return False
    return not any(address in network for network in NOT_PUBLIC if network.version == address.version)
