"""The audit log as text, written while it is read, oldest first: what the API shows of an event, a line each."""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from audit.presentation import event
from saas.kernel.serialization import as_json
from saas.reports.table import Cell, in_chunks
from saas.reports.text import csv_lines, json_lines, pieces

COLUMNS = ("seq", "id", "kind", "created_at", "actor", "user_id", "name", "request_id", "reason", "data", "hash")


def as_csv(found: QuerySet[Any], organization_id: UUID) -> Iterator[bytes]:
    """Return the events piece by piece, a line of headings first."""
    yield csv_lines([COLUMNS])
    yield from pieces(in_chunks(found, "seq"), organization_id, lambda rows: csv_lines([_line(row) for row in rows]))


def as_ndjson(found: QuerySet[Any], organization_id: UUID) -> Iterator[bytes]:
    """Return the events piece by piece, an object a line."""
    return pieces(in_chunks(found, "seq"), organization_id, lambda rows: json_lines(map(event, rows)))


def _line(row: Any) -> Sequence[Cell]:
    """Return an event's cells; `data` is JSON."""
    shown = json.loads(as_json(event(row)))  # to the letter as the API shows it
    actor, data = shown.pop("actor"), json.dumps(shown.pop("data"), ensure_ascii=False)
    return [{**actor, "actor": actor["kind"], **shown, "data": data}[name] for name in COLUMNS]
