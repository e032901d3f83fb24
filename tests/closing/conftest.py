"""Closing, with Stripe's test side played by the double of the marketplace's tests."""

from typing import Any
from uuid import uuid4

from audit.models import Event
from saas.accounts.models import Organization
from saas.closing.actions import close
from saas.kernel import tenancy
from tests.conftest import Person
from tests.marketplace.conftest import stripe_double, test_mode  # noqa: F401
from tokens.actions import hold


def name_of(person: Person) -> str:
    with tenancy.system():
        return str(Organization.objects.values_list("name", flat=True).get(id=person.organization_id))


def shut(person: Person, reason: str = "We retire.") -> None:
    with person.acting():
        close(caller=person.caller, name=name_of(person), reason=reason)


def closed_at(person: Person) -> Any:
    with tenancy.system():
        return Organization.objects.values_list("closed_at", flat=True).get(id=person.organization_id)


def kinds(person: Person) -> list[str]:
    with person.acting():
        return list(Event.objects.order_by("seq").values_list("kind", flat=True))


def reserve(person: Person) -> Any:
    return hold(
        transaction_id=uuid4(),
        tokens=3,
        operation="quest",
        price_book_version=None,
        user_id=person.user.pk,
        department_id=None,
        seconds=120,
    )
