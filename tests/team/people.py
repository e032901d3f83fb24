"""The people of an organization, in the API."""

from saas.accounts.models import Membership
from tests.conftest import Person


def place(person: Person) -> str:
    """Return the address of a person's membership."""
    with person.acting():
        return f"/members/{Membership.objects.get(user=person.user).id}"
