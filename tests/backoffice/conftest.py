"""Nobody waits for the battery here: it has tests of its own."""

import pytest

from plans.actions import set_override
from plans.models import OverrideKind
from tests.conftest import Person, open_business


def unhurried(plan: str) -> Person:
    """Open a business that may ask again at once."""
    person = open_business(plan)
    with person.acting():
        set_override(
            kind=OverrideKind.LIMIT, key="minimum_gap_seconds", value=0, reason="test", ends_at=None, by=person.user
        )
    return person


@pytest.fixture
def alice() -> Person:
    """The owner of an organization on Pro."""
    return unhurried("pro")


@pytest.fixture
def carol() -> Person:
    """The owner of an organization on Enterprise."""
    return unhurried("enterprise")
