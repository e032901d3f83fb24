"""The page of the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from audit import openings
from quests.generation import MadeContent, made_in
from saas.accounts import queries as accounts
from saas.metering.operations import OPERATIONS, OWN_AI
from saas.reports.ledger.forms import KINDS, LedgerForm
from saas.web.api.cursors import sequence_number
from saas.web.pages import caller_of, for_members, page_of, status_of
from tokens import queries as ledger
from tokens.kinds import EntryKind, HoldStatus, Source
from tokens.listing import entries_found, operations_found

GRANTS: dict[str, str] = {
    Source.PLAN: "Monthly allowance",
    Source.PURCHASE: "Pack",
    Source.PROMO: "Promotion",
    Source.OVERAGE: "Overage, billed as it is used",
}
"""What grants are called, by their source."""

TITLES = {
    EntryKind.GIFT: "Gift",
    EntryKind.ADJUST: "Adjustment",
    EntryKind.EXPIRE: "Expired",
    EntryKind.CLAWBACK: "Taken back after a refund or dispute",
    EntryKind.REINSTATE: "Returned after a dispute",
    EntryKind.DEBT: "Owed after a refund or dispute",
    EntryKind.REPAY: "Debt repaid",
}
"""What other lines are called that belong to no operation, by their kind."""


@dataclass(frozen=True)
class LedgerRow:
    """One operation, or one line that belongs to none: its title, whole tokens, and where the title and receipt lead.

    `state` is said where an operation did not simply charge: "held", "released", "expired", "revoked".
    """

    at: datetime
    title: str
    about: str
    href: str
    tokens: int
    balance: int
    person: str
    source: str
    state: str
    receipt: UUID | None


@for_members
@require_GET
def show_ledger(request: HttpRequest) -> HttpResponse:
    """Show the buckets in burn order and the ledger, newest first: one row an operation, or with `holds` each line."""
    names = {member.user_id: str(member.user) for member in accounts.members()}
    form = LedgerForm(request.GET or None, people=names)
    zone = ZoneInfo(accounts.organization(caller_of(request).organization_id).timezone)
    wanted = _wanted(form, zone)
    with_holds = bool(form.is_valid() and form.cleaned_data["holds"])
    found = entries_found(**wanted) if with_holds else operations_found(**wanted)
    page = page_of(request, found, key="seq", parse=sequence_number)
    account = ledger.balance()
    context = {
        "form": form,
        "is_filtered": bool(form.is_bound and form.is_valid() and any(form.cleaned_data.values())),
        "buckets": [(bucket, account.is_frozen(bucket)) for bucket in account.buckets],
        "page": page,
        "rows": [] if with_holds else _rows(page.rows, names),
        "with_holds": with_holds,
        "began": openings.beginning(),
    }
    return render(request, "ledger/ledger.html", context, status=status_of(form))


def _wanted(form: LedgerForm, zone: ZoneInfo) -> dict[str, Any]:
    """Return the filters; days are those of the organization's time zone."""
    if not form.is_valid():
        return {}
    values = form.cleaned_data
    operation = values["operation"]
    return {
        "kinds": KINDS[values["kind"]][1] if values["kind"] else (),
        "operation": None if operation == OWN_AI else operation or None,
        "own_metering": operation == OWN_AI,
        "user_id": values["actor"],
        **form.interval(zone),
    }


def _rows(entries: Sequence[Any], names: Mapping[UUID, str]) -> list[LedgerRow]:
    """Return the rows of entries that are the newest of their operations: two queries, however many."""
    transactions = [entry.transaction_id for entry in entries if entry.transaction_id]
    holds = {hold.id: hold for hold in ledger.holds().filter(id__in=transactions)}
    made = made_in(transactions)
    return [
        _operation_row(entry, hold, made.get(hold.id, []), names)
        if (hold := holds.get(entry.transaction_id))
        else _plain_row(entry, names)
        for entry in entries
    ]


def _operation_row(entry: Any, hold: Any, made: Sequence[MadeContent], names: Mapping[UUID, str]) -> LedgerRow:
    """Return an operation's row: what it charged, while it runs what it holds, and a link to what it made."""
    is_open = hold.status == HoldStatus.HELD
    receipt = reverse("receipt", args=[hold.id])
    return LedgerRow(
        at=hold.ended_at or hold.created_at,
        title=_operation_name(hold, len(made)),
        about=made[0].about if made else "",
        href=made[0].href if len(made) == 1 else receipt,
        tokens=-(hold.tokens if is_open else hold.settled_tokens),
        balance=entry.balance_after,
        person=names.get(hold.user_id, "Somebody who left"),
        source="",
        state="" if hold.status == HoldStatus.SETTLED else hold.status,
        receipt=hold.id,
    )


def _operation_name(hold: Any, made: int) -> str:
    if hold.price_book_version is None or hold.operation not in OPERATIONS:
        return str(hold.operation)
    name = OPERATIONS[hold.operation].name
    return f"{made} {name.lower()}s" if made > 1 else name


def _plain_row(entry: Any, names: Mapping[UUID, str]) -> LedgerRow:
    """Return the row of a line that belongs to no operation."""
    source = entry.bucket.source if entry.bucket else ""
    title = GRANTS.get(source, "Tokens") if entry.kind == EntryKind.GRANT else TITLES[entry.kind]
    shown = entry.bucket.get_source_display() if entry.bucket and entry.kind != EntryKind.GRANT else ""
    return LedgerRow(
        at=entry.created_at,
        title=title,
        about="",
        href=reverse("purchases") if source == Source.PURCHASE and entry.kind == EntryKind.GRANT else "",
        tokens=entry.tokens or -entry.debt,
        balance=entry.balance_after,
        person=names.get(entry.user_id, ""),
        source="" if shown == title else shown,
        state="",
        receipt=None,
    )
