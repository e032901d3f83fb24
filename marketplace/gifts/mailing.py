"""Mails to recipients of gifted packs, who may have no account and so get no notifications.

Each is claimed by compare and set, sent with no transaction open, then marked. After a crash in between the claim
runs out and it is sent again: at least once, as in `saas.notifications.delivery`.
"""

import logging
from datetime import timedelta

from django.core.mail import send_mail
from django.db.models import F
from django.db.models.functions import Now

from marketplace.gifts.links import link_of
from marketplace.gifts.models import Gift, GiftKind, GiftStatus
from saas.kernel.items import set_aside, solve
from saas.kernel.mails import is_of_the_server
from saas.kernel.transactions import durable, transaction

logger = logging.getLogger(__name__)

MAILS = "gift mails"
LEASE = timedelta(minutes=10)


def send_due() -> int:
    """Send what is due; return how many mails were tried. Needs the system context."""
    return sum(1 for _ in iter(_send_one, False))


def _send_one() -> bool:
    """Claim, send and mark one mail, or set it aside; False when there is none, or the mail server is away."""
    gift = _claim()
    if gift is None:
        return False
    try:
        with durable():
            _send(gift)
    except Exception as error:
        if is_of_the_server(error):
            logger.exception("The mail of gift %s was not sent, another try follows", gift.pk)
            return False
        set_aside(MAILS, str(gift.id), gift.organization_id, error)
    else:
        Gift.objects.filter(id=gift.id, mail_due_at=gift.mail_due_at).update(mail_due_at=None)
        solve(MAILS, [str(gift.id)])
    return True


def _claim() -> Gift | None:
    due = Gift.objects.filter(kind=GiftKind.PACK, status=GiftStatus.OFFERED)
    due = due.annotate(now=Now() + F("organization__clock_offset")).filter(mail_due_at__lte=F("now"))
    with transaction():
        gift = due.select_for_update(skip_locked=True, of=("self",)).order_by("mail_due_at").first()
        if gift is not None:
            gift.mail_due_at = gift.now + LEASE
            gift.save(update_fields=["mail_due_at"])
    return gift


def _send(gift: Gift) -> None:
    link = link_of(gift)
    if link is None:
        return  # the server's key has changed since the first mail, whose link still works
    giver = " ".join(gift.from_name.split())
    days = f"{gift.expires_at:%d %B %Y}".lstrip("0")
    still = "still waits for you" if gift.reminded_at else "is waiting for you"
    note = f"They write:\n\n    {gift.note}\n\n" if gift.note else ""
    send_mail(
        subject=f"{gift.tokens:,} tokens on Milepost for you",
        message=f"{giver} gives your business {gift.tokens:,} tokens on Milepost. The gift {still}.\n\n{note}"
        f"See it here, and accept or decline it until {days}:\n{link}\n\n"
        "Whoever has this link can take the gift, so keep it to yourself.\n"
        "You do not know the sender? Then simply leave it: nothing happens.\n",
        from_email=None,
        recipient_list=[gift.to_name],
    )
