"""Where the audit log finds the events of the rooms of money: each declares its own."""

from marketplace.gifts import events as gifts  # noqa: F401
from marketplace.overage import events as overage  # noqa: F401
from marketplace.packs import events as packs  # noqa: F401
from marketplace.payments import events as payments  # noqa: F401
from marketplace.stripe import events as stripe  # noqa: F401
from marketplace.subscriptions import events as subscriptions  # noqa: F401
