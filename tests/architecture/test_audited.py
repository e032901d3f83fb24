"""What changes something for an organization is in its audit log: each action is called once, and the chain grows.

It grows by events with the payload that their kind declares, in words where people are notified of them.
"""

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from tests.architecture.audited import ACTIONS, NO_EVENT, World, head
from tests.conftest import open_business
from tests.fake_stripe.audited import MONEY
from tests.notifications.recorded import events_after, require_declared

pytestmark = pytest.mark.own_database

ROOT = Path(settings.BASE_DIR)

MONEY_ROOMS = ("packs", "payments", "subscriptions", "overage", "gifts")
"""Rooms whose actions are in modules called by their subject, and so are all their modules but these:"""
NO_ACTIONS = (
    "__init__",
    "admin",
    "api",
    "forms",
    "links",
    "mailing",
    "presentation",
    "queries",
    "serializers",
    "tasks",
    "views",
)


def public_actions() -> set[str]:
    """Return every public function of the modules and packages that are called `actions`, and of the rooms of money."""
    rooms = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in ("tests", "bench")]
    files = {found for path in rooms for found in (*path.rglob("actions.py"), *path.rglob("actions/*.py"))}
    files |= {found for room in MONEY_ROOMS for found in (ROOT / "marketplace" / room).glob("*.py")}
    files |= {ROOT / "marketplace" / name for name in ("stripe/customers.py", "closing.py", "forgetting.py")}
    files = {file for file in files if file.parent.parent.name != "marketplace" or file.stem not in NO_ACTIONS}
    names = set()
    for file in files:
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for function, found in vars(import_module(name)).items():
            if inspect.isfunction(found) and found.__module__ == name and not function.startswith("_"):
                names.add(f"{name}.{function}")
    return names


def test_every_public_action_has_a_row() -> None:
    money = {f"marketplace.{name}" for name in MONEY}
    assert public_actions() == {*ACTIONS, *money, *NO_EVENT}
    assert not {*ACTIONS, *money} & NO_EVENT.keys()


@pytest.mark.parametrize("name", ACTIONS)
def test_the_action_is_audited(name: str, oscar: Any, superuser: psycopg.Connection) -> None:
    world = World(open_business("enterprise"), oscar, superuser)
    with world.alice.acting():
        call = ACTIONS[name](world)
        before = {world.watched: head(superuser, world.watched)}
        call()
    recorded = events_after(before.get(world.watched, 0), world.watched)
    assert recorded
    require_declared(recorded)
