"""Mails to recipients of gifted packs, who may have no account and so get no notifications.

Each is sent at least once; see Note [A claim runs out] in `saas.kernel.claims`.
"""

from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from marketplace.gifts.links import link_of
from marketplace.models.gifts import Gift, GiftKind, GiftStatus
from saas.kernel.claims import work_claimed
from saas.kernel.mails import is_of_the_server
from saas.kernel.transactions import durable
from saas.web.mails import send_mail

MAILS = "gift mails"
LEASE = timedelta(minutes=10)


def send_due() -> int:
    """Send what is due; return how many mails were tried. Needs the system context."""
    gifts = Gift.objects.filter(kind=GiftKind.PACK, status=GiftStatus.OFFERED)
    clock = Now() + F("organization__clock_offset")
    return work_claimed(MAILS, gifts, _mail, until="mail_due_at", lease=LEASE, clock=clock, is_away=is_of_the_server)


def _mail(gift: Gift) -> None:
    """Send a mail, and mark it as sent unless the next one is due by now."""
    with durable():
        _send(gift)
    Gift.objects.filter(id=gift.id, mail_due_at=gift.mail_due_at).update(mail_due_at=None)


def _send(gift: Gift) -> None:
    link = link_of(gift)
    if link is None:
        return  # the server's key has changed since the first mail, whose link still works
    giver = " ".join(gift.from_name.split())
    days = f"{gift.expires_at:%d %B %Y}".lstrip("0")
    still = "still waits for you" if gift.reminded_at else "is waiting for you"
    note = f"They write:\n\n    {gift.note}\n\n" if gift.note else ""
    send_mail(
        f"{gift.tokens:,} tokens on Milepost for you",
        f"{giver} gives your business {gift.tokens:,} tokens on Milepost. The gift {still}.\n\n{note}"
        f"See it here, and accept or decline it until {days}:\n{link}\n\n"
        "Whoever has this link can take the gift, so keep it to yourself.\n"
        "If you do not know the sender, ignore this mail: nothing happens.\n",
        None,
        [gift.to_name],
    )
