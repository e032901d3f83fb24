"""The money that comes in toward a goal: recorded, imported, corrected, removed."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateformat import format as format_date
from django.views.decorators.http import require_http_methods, require_POST

from quests import actions, queries, spreadsheet
from quests.actions import KnownLines
from quests.features.words import money, plural
from quests.forms import ImportForm, ReadingForm, RevenueForm, SheetField
from quests.models import Goal
from quests.spreadsheet import Choices, ColumnRole, Preview, RevenueLine
from saas.accounts import queries as accounts
from saas.kernel.clock import today_in
from saas.kernel.errors import Invalid
from saas.web.api.cursors import day_and_id
from saas.web.pages import caller_of, for_members, page_of, status_of


@for_members
@require_http_methods(["GET", "POST"])
def revenue(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """List all money received toward a goal, the latest day first; POST records more."""
    goal = actions.find_goal(goal_id)
    form = new_entry_form(request)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_revenue(goal_id=goal_id, by=caller_of(request).user_id, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error("amount", refusal.detail)
        else:
            amount = _shown(request, form.cleaned_data["amount"])
            messages.success(request, f"Recorded {amount}. {_left(request, goal_id)}")
            return redirect("goal", goal_id=goal_id)
    entries = queries.revenue_entries().filter(goal_id=goal_id)
    page = page_of(request, entries, key=queries.REVENUE_ORDER, parse=day_and_id)
    context = {"form": form, "goal": goal, "page": page}
    return render(request, "quests/revenue.html", context, status=status_of(form))


def new_entry_form(request: HttpRequest) -> RevenueForm:
    """Return the form that records money, with the organization's today and what the address proposes in it."""
    timezone = accounts.organization(caller_of(request).organization_id).timezone
    proposed = {name: request.GET[name] for name in ("amount", "note") if name in request.GET}
    return RevenueForm(request.POST or None, initial={"received_on": today_in(timezone), **proposed})


def _left(request: HttpRequest, goal_id: UUID) -> str:
    """Return what the goal still needs, in words."""
    goal = actions.find_goal(goal_id)
    if goal.is_reached:
        return f"You reached {_shown(request, goal.target_amount)}."
    return f"{_shown(request, goal.left_amount)} to go."


def _shown(request: HttpRequest, amount: Decimal) -> str:
    return money(amount, accounts.organization(caller_of(request).organization_id).currency)


@for_members
@require_http_methods(["GET", "POST"])
def edit_revenue(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show what was recorded; POST corrects it."""
    entry = actions.find_revenue(entry_id)
    form = RevenueForm(request.POST or None, initial={name: getattr(entry, name) for name in RevenueForm.base_fields})
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_revenue(entry_id=entry_id, changes=form.cleaned_data)
        except Invalid as refusal:
            form.add_error("amount", refusal.detail)
        else:
            messages.success(request, f"Saved. {_left(request, entry.goal_id)}")
            return redirect("revenue", goal_id=entry.goal_id)
    context = {"form": form, "goal": actions.find_goal(entry.goal_id), "entry": entry}
    return render(request, "quests/revenue_form.html", context, status=status_of(form))


@for_members
@require_POST
def remove_revenue(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Remove what was recorded."""
    entry = actions.find_revenue(entry_id)
    actions.remove_revenue(entry_id=entry_id)
    messages.success(request, f"Removed {_shown(request, entry.amount)}. {_left(request, entry.goal_id)}")
    return redirect("revenue", goal_id=entry.goal_id)


@for_members
@require_http_methods(["GET", "POST"])
def import_revenue(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Take a spreadsheet of money received toward a goal: show how each row is read, then import what is confirmed."""
    goal = actions.find_goal(goal_id)
    if "sheet" in request.POST:
        return _import(request, goal, ReadingForm(request.POST))
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            reading = ReadingForm({"sheet": SheetField.packed(content := form.content())})
            return _show(request, goal, reading, _read(request, content, Choices()))
        except Invalid as refusal:
            form.add_error("file", refusal.detail)
    return render(request, "quests/import_revenue.html", {"form": form, "goal": goal}, status=status_of(form))


def _read(request: HttpRequest, content: bytes, choices: Choices) -> Preview:
    currency = accounts.organization(caller_of(request).organization_id).currency
    return spreadsheet.preview(spreadsheet.parse(content), currency=currency, choices=choices)


def _import(request: HttpRequest, goal: Goal, reading: ReadingForm) -> HttpResponse:
    """Show the rows again as they are read by what was chosen, or import them."""
    try:
        if not reading.is_valid():
            raise Invalid("Something of the page was lost on the way. Choose the file again.")
        sheet = _read(request, reading.cleaned_data["sheet"], reading.choices())
    except Invalid as refusal:
        messages.error(request, refusal.detail)
        return redirect("import_revenue", goal_id=goal.id)
    if "import" not in request.POST or not sheet.lines:
        return _show(request, goal, reading, sheet)
    by, known = caller_of(request).user_id, reading.known_lines()
    try:
        lines = actions.import_revenue(
            goal_id=goal.id, fingerprint=sheet.fingerprint, lines=sheet.lines, by=by, known=known
        )
    except Invalid as refusal:
        messages.error(request, refusal.detail)
        return _show(request, goal, reading, sheet)
    messages.success(request, f"{_outcome(request, lines)} {_left(request, goal.id)}")
    return redirect("goal", goal_id=goal.id)


def _outcome(request: HttpRequest, lines: list[RevenueLine]) -> str:
    """Return in words what was imported."""
    if not lines:
        return "Every line was recorded already, so nothing was imported."
    amount = _shown(request, sum((line.amount for line in lines), Decimal(0)))
    first, last = (format_date(pick(line.received_on for line in lines), "j M Y") for pick in (min, max))
    days = f"on {first}" if first == last else f"from {first} to {last}"
    return f"Imported {plural(len(lines), 'line')}: {amount}, {days}."


ROWS_SHOWN, COLUMNS_SHOWN = 100, 8


def _show(request: HttpRequest, goal: Goal, reading: ReadingForm, sheet: Preview) -> HttpResponse:
    """Show how the first rows are read, those with a reason before all others, under the choices that led there."""
    reading.is_valid()
    imported, alike = queries.recorded_lines(goal.id, sheet.fingerprint, sheet.lines)
    out = imported if reading.known_lines() is KnownLines.ADD else imported | alike
    new = [line for line in sheet.lines if line.number not in out]
    columns = _columns(sheet)
    shown = [column for column in columns if column["shown"]]
    rows = [
        {
            "number": row.number,
            "line": row.line,
            "reason": row.reason or ("recorded already" if row.number in out else ""),
            "cells": [row.cells[each["place"]] if each["place"] < len(row.cells) else "" for each in shown],
        }
        for row in sheet.rows
    ]
    rows.sort(key=lambda row: not row["reason"])
    chosen = {
        "days": sheet.choices.days,
        "decimal": sheet.choices.decimal,
        "out": sheet.choices.out,
        "foreign": sheet.choices.foreign,
        "known": reading.known_lines(),
    }
    context = {
        "goal": goal,
        "sheet": sheet,
        "form": ReadingForm(initial=chosen),
        "packed": reading.data["sheet"],
        "roles": ROLES,
        "shown": shown,
        "hidden": [column for column in columns if not column["shown"]],
        "rows": rows[:ROWS_SHOWN],
        "more": max(0, len(rows) - ROWS_SHOWN),
        "new": new,
        "total": sum((line.amount for line in new), Decimal(0)),
    }
    return render(request, "quests/import_preview.html", context, status=200 if new else 422)


ROLES = [
    (ColumnRole.IGNORE, "Leave out"),
    (ColumnRole.DATE, "Date"),
    (ColumnRole.AMOUNT, "Amount"),
    (ColumnRole.OUT, "Amount paid out"),
    (ColumnRole.NOTE, "Note"),
    (ColumnRole.CURRENCY, "Currency"),
    (ColumnRole.STATE, "Status"),
]


def _columns(sheet: Preview) -> list[dict[str, Any]]:
    """Return the columns with what they hold; shown are those that are used, and others while there is room."""
    roles, headings = sheet.choices.roles or (), sheet.table.headings
    used = [place for place, role in enumerate(roles) if role is not ColumnRole.IGNORE]
    free = [place for place, role in enumerate(roles) if role is ColumnRole.IGNORE]
    shown = {*used, *free[: max(0, COLUMNS_SHOWN - len(used))]}
    names = [*headings, *[""] * (len(roles) - len(headings))]
    return [
        {"place": place, "role": role, "name": names[place] or f"Column {place + 1}", "shown": place in shown}
        for place, role in enumerate(roles)
    ]
