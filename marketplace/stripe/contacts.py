"""The name, address and tax ids on the bills: kept in step with Stripe, both ways.

Note [Whose word counts]
    What owners write at Stripe, in its portal or on a pay page, is read and shown here, and is theirs: it is never
    overwritten. A name or address that Milepost sent, and that is still the same at Stripe, follows the organization:
    its name, and the address of the first of its owners. Of addresses a keyed hash is enough to know what was sent.
    Of customers from before this was kept, what differs from the organization counts as theirs.
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings

from audit.actions import record
from marketplace.models import Customer
from marketplace.stripe import gateway
from marketplace.stripe.events import CustomerContactSent, CustomerDetailsChanged
from marketplace.stripe.gateway.snapshots import CustomerSnapshot
from saas.accounts import queries as accounts
from saas.accounts.lock import serialized
from saas.accounts.models import Membership, Role
from saas.kernel import tenancy
from saas.kernel.items import for_each_organization


@dataclass(frozen=True)
class BillingContact:
    """The name and address that the bills should have; empty where there is nobody."""

    name: str
    email: str

    def as_sent(self) -> dict[str, Any]:
        """Return what is stored of it once Stripe was told."""
        return {"sent_name": self.name, "sent_email_hash": address_hash(self.email)}


def address_hash(email: str) -> bytes:
    """Return a keyed hash of an address; after SECRET_KEY is replaced every address counts as changed, once."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"billing contact {email}".encode(), sha256)


def present_contact() -> BillingContact:
    """Return the organization's name, and the address of the first of its owners."""
    organization = accounts.organization(tenancy.current_organization_id())
    owners = accounts.owners()
    return BillingContact(organization.name, owners[0].email if owners else "")


def save_details(snapshot: CustomerSnapshot) -> None:
    """Save what stands on the bills; the caller holds the organization's lock."""
    details = {"name": snapshot.name, "address": snapshot.address, "tax_ids": snapshot.tax_ids}
    known = Customer.objects.filter(customer_id=snapshot.customer_id).first()
    changed = [name for name, value in details.items() if known and getattr(known, f"billing_{name}") != value]
    if known is not None and changed:
        Customer.objects.filter(id=known.id).update(**{f"billing_{name}": details[name] for name in changed})
        record(CustomerDetailsChanged(changed=changed))


def send_contacts() -> int:
    """Tell Stripe the names and addresses that changed here; return for how many organizations."""
    with tenancy.system():
        customers = Customer.objects.exclude(customer_id=None).filter(organization__closed_at=None)
        known = list(customers.values_list("organization_id", "organization__name", "sent_name", "sent_email_hash"))
        owners = Membership.objects.filter(role=Role.OWNER).order_by("organization_id", "id")
        emails: dict[UUID, str] = dict(owners.distinct("organization_id").values_list("organization_id", "user__email"))
    due = [
        organization_id
        for organization_id, name, sent_name, sent_hash in known
        if name != sent_name or sent_hash is None or bytes(sent_hash) != address_hash(emails.get(organization_id, ""))
    ]
    return sum(for_each_organization("send_contacts", due, send_contact))


def send_contact() -> bool:
    """Tell Stripe the organization's name and address for its bills, where its own are those that were sent last.

    Return whether something was told. Raises PaymentsUnavailable.
    """
    customer, contact = Customer.objects.exclude(customer_id=None).get(), present_contact()
    customer_id = customer.customer_id or ""
    there = gateway.customer(customer_id)
    changes: dict[str, str] = {}
    if contact.name != there.name and there.name in ("", customer.sent_name):
        changes["name"] = contact.name
    sent_hash = customer.sent_email_hash
    ours = not there.email or (sent_hash is not None and bytes(sent_hash) == address_hash(there.email))
    if contact.email and contact.email != there.email and ours:
        changes["email"] = contact.email
    if changes:
        gateway.change_contact(customer_id=customer_id, **changes)
    with serialized():
        Customer.objects.filter(id=customer.id).update(**contact.as_sent())
        if changes:
            record(CustomerContactSent(changed=sorted(changes)))
    return bool(changes)
