"""Where Celery finds the tasks of the rooms of money.

Each is named `marketplace.tasks.<function>`: messages and schedules go by the name, which is older than the rooms.
"""

from marketplace.gifts import tasks as gifts  # noqa: F401
from marketplace.overage import tasks as overage  # noqa: F401
from marketplace.packs import tasks as packs  # noqa: F401
from marketplace.stripe import tasks as stripe  # noqa: F401
from marketplace.subscriptions import tasks as subscriptions  # noqa: F401
