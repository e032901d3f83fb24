"""A cast for the battery: fresh people in every test, so that no test meets another's counters."""

from uuid import uuid4

import pytest

from abuse.rules import Subject
from saas.accounts.models import Organization, User
from saas.kernel import tenancy


@pytest.fixture
def alice() -> Subject:
    return Subject(organization_id=uuid4(), user_id=uuid4())


@pytest.fixture
def bob(alice: Subject) -> Subject:
    return Subject(organization_id=alice.organization_id, user_id=uuid4())


@pytest.fixture
def alice_elsewhere(alice: Subject) -> Subject:
    return Subject(organization_id=uuid4(), user_id=alice.user_id)


@pytest.fixture
def member(db: None) -> Subject:
    """Someone with rows behind, for what is kept of them."""
    with tenancy.system():
        organization = Organization.objects.create(name="Alice's bakery")
        user = User.objects.create_user(f"alice-{uuid4()}@example.com")
    return Subject(organization_id=organization.pk, user_id=user.pk)


@pytest.fixture
def oscar(db: None) -> User:
    """Staff of Milepost, who may review."""
    return User.objects.create_superuser(f"oscar-{uuid4()}@example.com")
