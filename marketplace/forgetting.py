"""Erase contacts and notes from billing, at Stripe and here; amounts and receipts stay, as the law requires."""

from collections.abc import Collection
from uuid import UUID

from marketplace.models import OPEN, Customer, PackOrder
from marketplace.models.gifts import Gift, GiftKind
from marketplace.models.modes import present_mode
from marketplace.stripe import gateway
from marketplace.stripe.contacts import BillingContact
from saas.accounts import queries as accounts
from saas.accounts.models import Role
from saas.kernel import tenancy
from saas.kernel.transactions import require_transaction

NOBODY = "erased"


def forget_contact(addresses: Collection[str]) -> int:
    """Give Stripe's customers whose contact has one of the addresses another owner's, or none; return how many.

    No transaction may be open. Repeating changes nothing more. Raises PaymentsUnavailable.
    """
    if not present_mode():
        return 0
    changed = 0
    for address in addresses:
        for contact in gateway.contacts_at(address):
            email, name = _next_contact(contact.organization_id, addresses)
            gateway.change_contact(customer_id=contact.customer_id, email=email, name=name)
            with tenancy.organization(contact.organization_id):
                sent = BillingContact(name, email).as_sent()
                Customer.objects.filter(customer_id=contact.customer_id).update(billing_name=name, **sent)
            changed += 1
    return changed


def _next_contact(organization_id: UUID, addresses: Collection[str]) -> tuple[str, str]:
    """Return the address of another owner and the organization's name; nothing of one that is closed."""
    with tenancy.organization(organization_id):
        organization = accounts.organization(organization_id)
        others = accounts.members().filter(role=Role.OWNER).exclude(user__email__in=addresses)
        owner = others.first()
    if owner is None or organization.closed_at is not None:
        return "", ""
    return owner.user.email, organization.name


def forget_person(*, user_id: UUID, addresses: Collection[str]) -> None:
    """Take addresses and notes out of gifts and receipts; in the caller's transaction, for the system."""
    require_transaction()
    Gift.objects.filter(offered_by_id=user_id).update(note="")
    Gift.objects.filter(subject_id=user_id).update(to_name=NOBODY)
    for address in addresses:
        sent = Gift.objects.filter(kind=GiftKind.PACK, to_name__iexact=address)
        sent.update(to_name=NOBODY, note="", mail_due_at=None)
        # An attempt is repeated word by word while its outcome is unknown: see `PackOrder`.
        PackOrder.of_all_modes.exclude(status__in=OPEN).filter(receipt_email__iexact=address).update(receipt_email="")


def forget_organization() -> None:
    """Take names, notes and addresses out of this organization's gifts and orders; in the caller's transaction."""
    require_transaction()
    Gift.objects.exclude(kind=GiftKind.RECEIVED).update(to_name=NOBODY, note="", mail_due_at=None)
    Gift.objects.update(from_name=NOBODY, note="")
    Customer.of_all_modes.update(billing_name="", billing_address="", billing_tax_ids="", sent_name="")
    PackOrder.of_all_modes.exclude(status__in=OPEN).update(receipt_email="", checkout_url="")
