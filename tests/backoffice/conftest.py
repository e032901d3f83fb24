"""People whose AI requests need no gap between them: abuse has tests of its own."""

import pytest

from plans.actions import set_override
from plans.models import OverrideKind
from tests.conftest import Person, open_business


def without_minimum_gap(plan: str) -> Person:
    """Open a business whose AI requests need no gap between them."""
    person = open_business(plan)
    with person.acting():
        set_override(
            kind=OverrideKind.LIMIT, key="minimum_gap_seconds", value=0, reason="test", ends_at=None, by=person.user
        )
    return person


@pytest.fixture
def alice() -> Person:
    """The owner of an organization on Pro."""
    return without_minimum_gap("pro")


@pytest.fixture
def carol() -> Person:
    """The owner of an organization on Enterprise."""
    return without_minimum_gap("enterprise")
