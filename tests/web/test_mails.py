"""Mails as text and HTML: the same words, nothing from elsewhere, and no link that is not ours."""

import re
from email.message import EmailMessage

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from saas.web.mails import send_mail, with_html

pytestmark = pytest.mark.fast

OURS = f"{settings.BASE_URL}/billing"
TEXT = f"""Maria <b>gives</b> you tokens. They write:

    see https://evil.example/?a=1 and {settings.BASE_URL}.evil.example/

Your receipt: https://pay.stripe.com/receipts/1
{OURS}
Thank you.
"""


def html_of(text: str) -> str:
    [(html, kind)] = with_html(EmailMultiAlternatives("A <i>subject</i>", text, None, ["a@example.com"])).alternatives
    assert kind == "text/html"
    return str(html)


def test_the_html_says_what_the_text_says_with_links_to_us_alone() -> None:
    html = html_of(TEXT)
    assert re.findall(r'href="([^"]+)"', html) == ["https://pay.stripe.com/receipts/1", OURS]
    assert f'<a class="button" href="{OURS}">' in html
    assert "Maria &lt;b&gt;gives&lt;/b&gt; you" in html and "A &lt;i&gt;subject" in html
    assert "Thank you." in html and "https://evil.example/?a=1" in html
    assert not re.search(r"<img|<link|<script|src=|url\(", html)


@pytest.mark.parametrize("text", ["", "\n\n \n", "x" * 20_000, "http://" * 3_000, f"{OURS}\n" * 500])
def test_any_text_becomes_a_mail(text: str) -> None:
    assert "</html>" in html_of(text)


def test_a_mail_has_both() -> None:
    assert send_mail("Subject", f"Words.\n\n{OURS}\n", "us@example.com", ["somebody@example.com"]) == 1
    [sent] = [each for each in mail.outbox if each.to == ["somebody@example.com"]]
    message = sent.message()
    assert isinstance(message, EmailMessage) or message.is_multipart()
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip
