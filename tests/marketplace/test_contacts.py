"""The name and address on the bills follow the organization, and what owners write at Stripe stays theirs."""

import pytest

from audit.models import Event
from marketplace.models import Customer
from marketplace.stripe import contacts
from marketplace.stripe.customers import refresh_card
from saas.accounts.models import Membership, Organization, Role
from tests.conftest import Person
from tests.marketplace.double import Body, Double, event
from tests.marketplace.life import deliver

pytestmark = pytest.mark.own_database


@pytest.fixture
def there(customer: Customer, alice: Person, stripe_double: Double) -> Body:
    """The customer at Stripe, as it was made for Alice's organization."""
    found = stripe_double.objects[str(customer.customer_id)]
    with alice.acting():
        contact = contacts.present_contact()
        Customer.objects.update(**contact.as_sent())
    found.update(name=contact.name, email=contact.email, address=None)
    path = f"/v1/customers/{found['id']}"

    def change(_: str, params: Body) -> Body:
        found.update(params)
        return found

    stripe_double.on_post[path] = change
    return found


def rename(person: Person, name: str) -> None:
    with person.acting():
        Organization.objects.filter(id=person.organization_id).update(name=name)


def test_a_new_name_and_a_new_owner_reach_stripe_once(
    alice: Person, bob: Person, there: Body, stripe_double: Double
) -> None:
    rename(alice, "Juniper Bakery Ltd")
    with alice.acting():
        Membership.objects.filter(user=bob.user).update(role=Role.OWNER)
        Membership.objects.filter(user=alice.user).update(role=Role.MEMBER)
    assert contacts.send_contacts() >= 1
    assert (there["name"], there["email"]) == ("Juniper Bakery Ltd", bob.user.email)
    asked = len(stripe_double.calls)
    contacts.send_contacts()
    assert [path for _, path, *_ in stripe_double.calls[asked:] if there["id"] in path] == []
    with alice.acting():
        [sent] = Event.objects.filter(kind="customer.contact_sent")
        assert sent.data["changed"] == ["email", "name"], "which of them, not what they are"


def test_what_owners_wrote_at_stripe_is_shown_here_and_never_overwritten(
    alice: Person, there: Body, stripe_double: Double
) -> None:
    address = {
        "line1": "1 Main St",
        "line2": None,
        "postal_code": "1011",
        "city": "Delft",
        "state": None,
        "country": "NL",
    }
    there.update(name="Juniper GmbH", email="bills@example.org", address=address)
    there["tax_ids"] = {"object": "list", "data": [{"id": "txi_1", "object": "tax_id", "value": "NL1234"}]}
    for _ in range(2):
        deliver(event("customer.updated", there))
    with alice.acting():
        row = Customer.objects.get()
        assert (row.billing_name, row.billing_tax_ids) == ("Juniper GmbH", "NL1234")
        assert row.billing_address == "1 Main St\n1011 Delft\nNL"
        assert Event.objects.filter(kind="customer.details_changed").count() == 1
    rename(alice, "Juniper and Sons")
    contacts.send_contacts()
    assert (there["name"], there["email"]) == ("Juniper GmbH", "bills@example.org")
    page = alice.browser().get("/billing").content.decode()
    assert "Juniper GmbH" in page and "NL1234" in page and "1011 Delft" in page


def test_a_lost_event_is_healed_by_the_comparison(alice: Person, there: Body) -> None:
    there["name"] = "Juniper GmbH"
    with alice.acting():
        assert refresh_card().billing_name == "Juniper GmbH"
