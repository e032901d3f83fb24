"""The organization as a customer: its id at Stripe, its saved card, the portal."""

from audit.actions import record
from marketplace.models import Customer
from marketplace.stripe import contacts, gateway, return_urls
from marketplace.stripe.events import CardChanged, CustomerDeleted, CustomerOpened
from marketplace.stripe.gateway.snapshots import CustomerSnapshot
from marketplace.stripe.objects import CUSTOMER
from saas.accounts.callers import Caller
from saas.accounts.lock import serialized
from saas.accounts.models import Role
from saas.kernel import tenancy
from saas.kernel.errors import Conflict, Forbidden


class NotPayer(Forbidden):
    """Only owners spend the organization's money."""


def require_payer(caller: Caller) -> None:
    """Raise NotPayer unless the person is an owner."""
    if caller.role != Role.OWNER:
        raise NotPayer("Only an owner of the organization may spend its money. Ask one of them.")


def ensure_customer() -> Customer:
    """Return the organization's customer, made at Stripe if it is not there yet."""
    customer, _ = Customer.objects.get_or_create(organization_id=tenancy.current_organization_id())
    if customer.customer_id is None:
        contact = contacts.present_contact()
        customer.customer_id = gateway.create_customer(
            organization_id=tenancy.current_organization_id(),
            name=contact.name,
            email=contact.email,
            deleted=len(customer.former_ids),
        )
        with serialized():
            unknown = Customer.objects.filter(id=customer.id, customer_id=None)
            if unknown.update(customer_id=customer.customer_id, **contact.as_sent()):
                record(CustomerOpened(customer=customer.customer_id, mode=customer.mode))
    return customer


def apply_customer(snapshot: CustomerSnapshot) -> None:
    """Save the customer's payment method, or that there is none, and what stands on the bills; forget a deleted one."""
    if snapshot.deleted:
        _forget(snapshot.customer_id)
        return
    method = snapshot.method
    values = {
        "payment_method_id": method.payment_method_id if method else "",
        "card_brand": method.brand[:40] if method else "",
        "card_last4": method.last4 if method else "",
        "card_expires": method.expires if method else "",
    }
    known = Customer.objects.filter(customer_id=snapshot.customer_id)
    kind, is_default = (method.kind, method.is_default) if method else ("", False)
    same = {"payment_method_id": values["payment_method_id"], "method_is_default": True}
    # What was the default before anybody looked may be older than the plan: it is no choice for it.
    if not is_default:
        known.update(default_changed=False)
    else:
        known.exclude(method_is_default=None).exclude(**same).update(default_changed=True)
    if known.exclude(**values).update(**values):
        record(CardChanged(brand=values["card_brand"] or kind, last4=values["card_last4"]))
    known.update(method_kind=kind, method_is_default=is_default)
    contacts.save_details(snapshot)


def _forget(customer_id: str) -> None:
    """Forget a customer that was deleted at Stripe, so that the next purchase makes another one."""
    gone = Customer.objects.filter(customer_id=customer_id).first()
    if gone is None:
        return
    nothing = dict.fromkeys(
        ["payment_method_id", "card_brand", "card_last4", "card_expires", "billing_name", "billing_address"], ""
    )
    nothing["method_kind"] = ""
    former = [*gone.former_ids, customer_id]
    Customer.objects.filter(id=gone.id).update(customer_id=None, former_ids=former, billing_tax_ids="", **nothing)
    record(CustomerDeleted(customer=customer_id))


def refresh_card() -> Customer:
    """Ask Stripe for the saved card; return the customer with it."""
    customer = ensure_customer()
    CUSTOMER.sync(customer.customer_id or "")
    customer.refresh_from_db()
    return customer


def open_portal(*, caller: Caller, change_card: bool = False) -> str:
    """Return the address of the portal with cards and bills. Raises NotPayer, Conflict before the first purchase."""
    require_payer(caller)
    customer = Customer.objects.exclude(customer_id=None).first()
    if customer is None:
        raise Conflict("There is nothing to manage yet: the first purchase opens the billing portal.")
    return gateway.open_portal(
        customer_id=customer.customer_id or "", return_url=return_urls.billing(), change_card=change_card
    )


def is_own_customer(customer_id: str) -> bool:
    """Return True if the customer at Stripe is the organization acted for."""
    return Customer.objects.filter(customer_id=customer_id).exists()
