"""The people of an organization and their keys, in the API."""

from typing import Any

from saas.accounts.models import Membership
from tests.conftest import Person


def place(person: Person) -> str:
    """Return the address of a person's membership."""
    with person.acting():
        return f"/members/{Membership.objects.get(user=person.user).id}"


def make(person: Person, *scopes: str, **values: Any) -> Any:
    """Make a key of the person's."""
    return person.post("/api-keys", {"name": "till", "scopes": list(scopes), **values})


def using(person: Person, secret: str) -> Person:
    """Return the person with another key."""
    return Person(person.organization_id, person.user, person.role, secret)
