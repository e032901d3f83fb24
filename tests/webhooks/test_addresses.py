"""Nobody makes Milepost call what is inside: each bypass form is refused before, or when connecting."""

import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured

from saas.kernel import background, startup
from saas.kernel.errors import Invalid
from saas.webhooks import checks, sending
from saas.webhooks.addresses import endpoint_url, is_public
from tests.conftest import Person

pytestmark = [pytest.mark.fast, pytest.mark.own_database]


INSIDE = """
127.0.0.1 127.1.2.3 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.1 192.168.0.1 100.64.0.1
100.100.100.200 169.254.169.254 169.254.170.2 168.63.129.16 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1
203.0.113.1 192.88.99.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1
64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 2002:a9fe:a9fe:: 3fff::1 5f00::1
fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1
""".split()  # noqa: SIM905

OUTSIDE = ["8.8.8.8", "1.1.1.1", "192.0.1.1", "2606:4700:4700::1111", "2a00:1450:4001::1"]

URLS = [
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "//example.com/",
    "example.com",
    "https://",
    "https:///etc/passwd",
    "https://localhost/",
    "https://localhost./",
    "https://api.localhost/",
    "https://printer.local/",
    "https://vault.internal/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://postgres/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.0.1./",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1.:443/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://[::]/",
    "https://0/",
    "https://user:password@example.com/",
    "https://example.com@127.0.0.1/",
    "https://127.0.0.1\\@example.com/",
    "https://example.com#@127.0.0.1/",
    "https://example.com\\.127.0.0.1/",
    "https://exam\tple.com/",
    "https://example.com/\r\nHost: localhost",
    "https://example.com/a b",
    "https://example.com:22/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:x/",
    "https://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://ex\u00e4mple.com/",
    "https://127\u30020\u30020\u30021/",
    "https://-example.com/",
    "https://a..b.com/",
    f"https://{'a' * 64}.com/",
    f"https://example.com/{'a' * 500}",
    "javascript:alert(1)",
    "https:example.com",
    "https://example.123/",
    "https://example.0x1/",
    "",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("url", URLS)
def test_a_url_that_no_endpoint_may_have(url: str, settings: Any) -> None:
    for allowed in (False, True):
        settings.WEBHOOKS_TO_LOOPBACK = allowed
        with pytest.raises(Invalid):
            endpoint_url(url if not allowed or not url.startswith(LOOPBACK) else "https://10.0.0.1/")


LOOPBACK = ("https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://example.com@127.0.0.1/")


@pytest.mark.parametrize(
    "url", ["https://example.com", "https://a.example.co.uk:8443/hook?key=a%20b", "https://xn--bcher-kva.example/"]
)
def test_a_url_that_an_endpoint_may_have(url: str, settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = False
    assert endpoint_url(url) == url


def test_the_api_refuses_them_with_a_reason_and_makes_nothing(alice: Person, settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = False
    for url in ("http://example.com/", "https://localhost/", "https://169.254.169.254/", "https://a.example:22/"):
        refused = alice.post("/webhook-endpoints", {"url": url})
        assert (refused.status_code, refused.json()["code"]) == (422, "validation_error")
        assert [error["pointer"] for error in refused.json()["errors"]] == ["#/url"]
    assert alice.get("/webhook-endpoints").json()["data"] == []


# When connecting


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch, settings: Any) -> dict[str, list[list[str]]]:
    """What names resolve to: the first list at first, the next one at the next time."""
    settings.WEBHOOKS_TO_LOOPBACK = False
    known: dict[str, list[list[str]]] = {}

    def resolve(host: str, port: int) -> list[str]:
        answers = known[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    monkeypatch.setattr(sending, "resolve", resolve)
    return known


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where connections were tried; none is made."""
    tried = []

    async def connect(self: Any, host: str, *args: Any, **options: Any) -> Any:
        tried.append(host)
        raise httpcore2.ConnectError("no network here")

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect)
    return tried


def call(url: str) -> sending.EndpointAnswer:
    return background.run(sending.post(url, headers={}, body=b"{}"), seconds=10)


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_never_connected_to(
    address: str, names: dict[str, list[list[str]]], connected: list[str]
) -> None:
    names["inside.example"] = [[address]]
    names["both.example"] = [["8.8.8.8", address]]
    for host in names:
        assert call(f"https://{host}/").error == sending.NOWHERE
    assert connected == []


def test_rebinding_the_name_changes_nothing(names: dict[str, list[list[str]]], connected: list[str]) -> None:
    names["rebinding.example"] = [["8.8.8.8"], ["127.0.0.1"]]
    assert call("https://rebinding.example/").error == "Nobody took the connection."
    assert connected == ["8.8.8.8"], "what was checked is what is connected to"
    assert call("https://rebinding.example/").error == sending.NOWHERE


@pytest.mark.parametrize("literal", ["127.0.0.1", "2130706433", "0x7f000001", "0177.1", "127.1", "0", "localhost"])
def test_forms_that_the_system_reads_as_inside_are_refused_when_connecting(
    literal: str, connected: list[str], settings: Any
) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = False
    assert call(f"https://{literal}/").error == sending.NOWHERE
    assert connected == []


def test_a_name_that_does_not_exist_answers_like_one_inside(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(sending, "resolve", unknown)
    assert call("https://nobody.example/").error == sending.NOWHERE


def test_only_the_first_few_addresses_are_tried(names: dict[str, list[list[str]]], connected: list[str]) -> None:
    names["many.example"] = [[f"8.8.8.{n}" for n in range(1, 100)]]
    call("https://many.example/")
    assert len(connected) == sending.ADDRESSES_TRIED


def test_with_the_setting_only_loopback_is_open(
    names: dict[str, list[list[str]]], connected: list[str], settings: Any
) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True
    names["localhost"] = [["127.0.0.1"], ["10.0.0.1"], ["8.8.8.8"]]
    names["inside.example"] = [["127.0.0.1"]]
    call("http://localhost:9/")
    for url in ("http://localhost:9/", "http://localhost:9/", "https://inside.example/"):
        assert call(url).error == sending.NOWHERE
    assert connected == ["127.0.0.1"]


def test_production_refuses_the_setting(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = settings.PRODUCTION = True
    [problem] = checks.problems()
    with pytest.raises(ImproperlyConfigured, match="WEBHOOKS_TO_LOOPBACK"):
        startup.refuse_to_start()
    assert problem in startup.problems()


# TLS: the certificate is checked against the name, though the connection is made to an address.


@pytest.fixture
def tls_server(tmp_path: Path) -> tuple[int, list[Any], Path]:
    """A server with a certificate for hooks.example; returns its port, the names asked for, its certificate."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context, asked = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []
    context.load_cert_chain(pem, private)
    context.sni_callback = lambda _, name, __: asked.append(name)
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(listener, context, asked), daemon=True).start()
    return listener.getsockname()[1], asked, pem


def _serve(listener: socket.socket, context: ssl.SSLContext, asked: list[Any]) -> None:
    while True:
        raw, _ = listener.accept()
        try:
            with context.wrap_socket(raw, server_side=True) as connection:
                request = b""
                while not request.endswith(b"{}"):  # closing before all is read would reset the connection
                    request += connection.recv(4096) or b"{}"
                asked.append(request.decode().split("\r\n")[1])
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except OSError:
            raw.close()


def test_tls_and_host_have_the_name(
    tls_server: tuple[int, list[Any], Path],
    names: dict[str, list[list[str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port, asked, pem = tls_server
    monkeypatch.setattr(sending, "may_connect", lambda host, address: True)
    names["hooks.example"] = names["other.example"] = [["127.0.0.1"]]
    assert "TLS connection failed" in call(f"https://hooks.example:{port}/").error, "nobody vouches for it"
    trusting: Callable[[], ssl.SSLContext] = lambda: ssl.create_default_context(cafile=str(pem))  # noqa: E731
    monkeypatch.setattr(sending, "trusted", trusting)
    answer = call(f"https://hooks.example:{port}/")
    assert (answer.status_code, answer.text, answer.error) == (200, "ok", "")
    assert "hooks.example" in asked and f"Host: hooks.example:{port}" in asked
    assert "other.example" in call(f"https://other.example:{port}/").error
