"""Opening organizations, changing what they are called, shutting and reopening them."""

from datetime import datetime
from typing import Any

from allauth.mfa.utils import is_mfa_enabled

from audit.actions import record
from licensing.actions import open_license, payment_succeeded
from licensing.queries import license_status
from plans.actions import end_subscription
from plans.models import TrialEnd
from plans.trials.actions import stop_trial
from saas.accounts import queries as accounts
from saas.accounts.lock import serialized
from saas.accounts.models import ApiKey, Membership, Organization, Role, User
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Forbidden, Invalid
from saas.kernel.ids import uuid7
from saas.kernel.text import clean_name, require_name
from saas.team.actions.api_keys import revoke_api_key
from saas.team.actions.credentials import revoke_invitation
from saas.team.events import (
    OrganizationClosed,
    OrganizationCreated,
    OrganizationExported,
    OrganizationReopened,
    OrganizationSecondFactorChanged,
    OrganizationUpdated,
    UserRenamed,
)
from saas.web.middleware import SECOND_FACTORS
from tokens import actions as ledger_actions
from tokens.actions import open_account
from tokens.queries import position

CLOSING = "the organization is closed"


def open_organization(
    *, name: str, owner: User, timezone: str = "UTC", currency: str = "USD", trade: str = ""
) -> Organization:
    """Open an organization with its owner, token account and license, all or nothing.

    Raises Invalid for a name that nobody sees or that carries a web address.
    """
    name = require_name(name)
    organization = Organization(id=uuid7(), name=name, timezone=timezone, currency=currency, trade=trade)
    with tenancy.organization(organization.id), serialized():
        organization.save(force_insert=True)
        Membership.objects.create(user=owner, role=Role.OWNER)
        open_account()
        open_license()
        record(OrganizationCreated(owner=owner.pk))
    return organization


def shut_organization(*, reason: str) -> None:
    """Let nobody work in the organization any more, nor its programs; its test organization goes with it.

    Keys and open invitations are revoked, open holds too; it is on the free plan with nothing overdue, and its tokens
    are out of reach. Ledger and audit log stay as they are. Shutting it again changes nothing. What it pays for at
    Stripe must have ended before: see `saas.closing`.
    """
    with serialized():
        if accounts.is_closed():
            return
        for key in ApiKey.objects.filter(revoked_at=None):
            revoke_api_key(key_id=key.id, reason=CLOSING)
        for invitation in accounts.open_invitations():
            revoke_invitation(invitation_id=invitation.id, reason=CLOSING)
        now = database_now()
        sandbox_id = accounts.sandbox_of(tenancy.current_organization_id())
        if sandbox_id is not None:
            with tenancy.organization(sandbox_id), serialized():
                _shut(now, reason)
        _shut(now, reason)


def _shut(now: datetime, reason: str) -> None:
    end_subscription(reason=CLOSING)
    stop_trial(ended_as=TrialEnd.CLOSED)
    payment_succeeded(reason=CLOSING)
    ledger_actions.suspend(reason=CLOSING)
    left = position()
    Organization.objects.filter(id=tenancy.current_organization_id()).update(closed_at=now)
    record(OrganizationClosed(tokens=left.available + left.frozen), reason=reason)


def reopen_organization(*, reason: str) -> None:
    """Let people work in the organization again, on the free plan, with the tokens it had; for staff.

    Keys stay revoked, webhook endpoints off, invitations revoked and gifts withdrawn.
    Raises Invalid without a reason, Conflict for one that is open.
    """
    if not reason.strip():
        raise Invalid("Reopening needs a reason.")
    with serialized():
        if not accounts.is_closed():
            raise Conflict("This organization is open.")
        sandbox_id = accounts.sandbox_of(tenancy.current_organization_id())
        if sandbox_id is not None:
            with tenancy.organization(sandbox_id), serialized():
                _reopen(reason)
        _reopen(reason)


def _reopen(reason: str) -> None:
    Organization.objects.filter(id=tenancy.current_organization_id()).update(closed_at=None)
    if license_status().past_due_at is None:
        ledger_actions.resume(reason=reason)
    record(OrganizationReopened(), reason=reason)


def note_export(*, by: User) -> None:
    """Record that the organization's data was exported; owners and admins are notified."""
    with serialized():
        record(OrganizationExported(user=by.pk))


def rename_person(*, user: User, name: str) -> None:
    """Change what a person is called everywhere; empty shows the address. Raises Invalid for a web address."""
    name = require_name(name) if clean_name(name) else ""
    with serialized():
        User.objects.filter(id=user.pk).update(name=name)
        record(UserRenamed(user=user.pk))


def update_organization(*, name: str, timezone: str, currency: str | None = None, trade: str | None = None) -> None:
    """Change the organization's name, time zone, currency and trade; None leaves the latter two as they are.

    Another currency relabels all amounts and converts none. Raises Invalid as `open_organization`.
    """
    name = require_name(name)
    with serialized():
        before = accounts.organization(tenancy.current_organization_id())
        wanted = {"name": name, "timezone": timezone, "currency": currency, "trade": trade}
        changes = {each: value for each, value in wanted.items() if value not in (None, getattr(before, each))}
        if changes:
            Organization.objects.filter(id=before.pk).update(**changes)
        former: dict[str, Any] = {each: getattr(before, each) for each in ("currency", "trade") if each in changes}
        shown = {each: changes[each] for each in former}
        record(OrganizationUpdated(changed=list(changes), timezone=timezone, from_=former or None, **shown))


def require_second_factor(*, required: bool, by: User) -> None:
    """Require a second factor of everybody in the organization, or no more. Setting it again changes nothing.

    Raises Forbidden for somebody who is no owner, Conflict for an owner without a second factor of their own.
    """
    with serialized():
        if not Membership.objects.filter(user=by, role=Role.OWNER).exists():
            raise Forbidden("Only an owner can require a second factor.")
        if required and not is_mfa_enabled(by, types=SECOND_FACTORS):
            raise Conflict("Set up a second factor of your own first, so that you do not lock yourself out.")
        here = Organization.objects.filter(id=tenancy.current_organization_id(), second_factor_required=not required)
        if here.update(second_factor_required=required):
            record(OrganizationSecondFactorChanged(required=required))
