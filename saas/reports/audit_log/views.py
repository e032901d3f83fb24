"""The page of the audit log."""

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from audit import openings, proof
from audit import queries as audit
from audit.actions import record
from audit.events import AuditExported
from plans.queries import entitlements
from saas.accounts import queries as accounts
from saas.kernel.transactions import transaction
from saas.reports.audit_log.forms import AuditForm
from saas.reports.audit_log.sentences import kinds_about
from saas.reports.audit_log.wording import Wording, titles_in
from saas.web.api.cursors import sequence_number
from saas.web.pages import caller_of, for_managers, page_of, status_of

ACTORS = {"staff": "Milepost's staff", "system": "Milepost"}


@for_managers
@require_GET
def audit_log(request: HttpRequest) -> HttpResponse:
    """Show the audit log, newest first, filtered by subject, person and day."""
    caller = caller_of(request)
    names = {member.user_id: str(member.user) for member in accounts.members()}
    form = AuditForm(request.GET or None, people=names)
    organization = accounts.organization(caller.organization_id)
    zone = ZoneInfo(organization.timezone)
    page = page_of(request, audit.found(**_wanted(form, zone)), key="seq", parse=sequence_number)
    keys = {str(key.id): key.name for key in accounts.api_keys()}
    departments = {str(department.pk): department.name for department in accounts.departments()}
    people = {str(user_id): name for user_id, name in names.items()}
    wording = Wording(
        names={**keys, **departments, **people, str(organization.pk): "the whole organization"},
        titles=titles_in([event.data for event in page.rows]),
        currency=organization.currency,
        zone=zone,
    )
    context = {
        "form": form,
        "page": page,
        "rows": [
            (event, wording.sentence(event.kind, event.data, _who(event.actor, people, keys)), _details(event))
            for event in page.rows
        ],
        "entitled": entitlements(caller.organization_id).fetch(),
        "public_keys": proof.public_keys(),
        "began": openings.beginning(),
    }
    return render(request, "reports/audit_log.html", context, status=status_of(form))


def _wanted(form: AuditForm, zone: ZoneInfo) -> dict[str, Any]:
    """Return the filters; days are those of the organization's time zone."""
    if not form.is_valid():
        return {}
    values = form.cleaned_data
    return {
        "kinds": kinds_about(values["about"]) if values["about"] else None,
        "actor": values["actor"],
        **form.interval(zone),
    }


def _details(event: Any) -> str:
    """Return the event as it is stored, for those who want to see it."""
    shown = {"kind": event.kind, "seq": event.seq, "id": str(event.id), "actor": event.actor, "data": event.data}
    return json.dumps(shown, indent=1, ensure_ascii=False)


def _who(actor: dict[str, str], names: Mapping[str, str], keys: Mapping[str, str]) -> str:
    kind = actor.get("kind", "system")
    if kind == "key":
        return f"the key {keys.get(actor.get('name', ''), 'that was removed')}"
    if kind == "user":
        return names.get(actor["user_id"], "somebody who left")
    return ACTORS.get(kind, kind)


@for_managers
@require_POST
def export_audit_log(request: HttpRequest) -> StreamingHttpResponse:
    """Send every event with its exact text and hash, a line each, for `audit/chain.py` to check (Enterprise)."""
    organization_id = caller_of(request).organization_id
    entitlements(organization_id).fetch().require("audit_export")
    with transaction():
        record(AuditExported())
    answer = StreamingHttpResponse(audit.export_lines(), content_type="application/x-ndjson")
    answer["Content-Disposition"] = 'attachment; filename="milepost-audit.jsonl"'
    return answer
