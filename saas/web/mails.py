"""Mails as text and as HTML: the HTML is made of the text, so that both say the same.

Note [A mail without anything from elsewhere]
    The HTML loads nothing: no picture, no font, no script. Only addresses of ours and of Stripe's become links, since
    a mail also quotes what customers wrote. A paragraph that is nothing but an address of ours becomes a button.
"""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from saas.web.templatetags.components import linked

_ADDRESS = re.compile(r"https?://\S+")


def send_mail(subject: str, text: str, sender: str | None, to: list[str], *, fail_silently: bool = False) -> int:
    """Send a mail as Django's function does; return how many were sent. Raises what the mail server says."""
    return with_html(EmailMultiAlternatives(subject, text, sender, to)).send(fail_silently=fail_silently)


def with_html(message: EmailMultiAlternatives) -> EmailMultiAlternatives:
    """Add the HTML of a mail's text to it."""
    context = {"subject": message.subject, "blocks": [_block(block) for block in _blocks(str(message.body))]}
    message.attach_alternative(render_to_string("mails/mail.html", context), "text/html")
    return message


def _blocks(text: str) -> list[str]:
    """Return the paragraphs; an address of ours on a line of its own is one."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        is_button = bool(_ADDRESS.fullmatch(line.strip())) and _is_ours(line.strip())
        if is_button:
            blocks += [[line], []]
        elif line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return ["\n".join(block).strip() for block in blocks if block]


def _block(text: str) -> dict[str, str]:
    """Return a paragraph with its links, or the address of a button."""
    if _ADDRESS.fullmatch(text) and _is_ours(text):
        return {"href": text}
    foreign = any(not _is_ours(address) for address in _ADDRESS.findall(text))
    return {"text": text if foreign else linked(text)}


def _is_ours(address: str) -> bool:
    parts, own = urlsplit(address), urlsplit(settings.BASE_URL)
    if (parts.scheme, parts.netloc) == (own.scheme, own.netloc):
        return True
    return parts.scheme == "https" and (parts.hostname or "").endswith(".stripe.com")
