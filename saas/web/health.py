"""Liveness and readiness, for load balancers and monitoring."""

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from saas.kernel import replica
from saas.kernel.released_sql.deployed import deployed
from saas.kernel.transactions import Statement, bounded, reconnect, run_batch
from saas.web import rooms

NAMED_MAX = 10
WAIT_SECONDS = 2.0
PROBE = "INSERT INTO kernel_readiness_probe (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET written_at = now()"


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process runs; uses neither database nor Redis."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer whether requests can be served: the database takes writes and runs the SQL that this code expects.

    A database that a newer release has migrated serves this one, too. One that only reads, is full or silent is not
    ready. AI, Redis, payments and the replica of reports degrade instead. `reports` says whether the replica was away
    when this process asked it last; it is not asked here, since one that hangs must not take the process out of
    service. `resting` names services outside that are left alone for a while.
    """
    try:
        with bounded(lock_seconds=WAIT_SECONDS, statement_seconds=WAIT_SECONDS):
            found = deployed()
            if found.serves:
                run_batch(Statement(PROBE))
    except (DatabaseError, InterfaceError):
        reconnect()
        return _not_ready({"status": "database unavailable"})
    if found.serves:
        resting = rooms.resting()
        return JsonResponse({"status": "ok", **_reports(), **({"resting": resting} if resting else {})})
    outdated = [
        *(f"migration {name}" for name in found.behind),
        *(f"{row.name}: {row.state}" for row in found.outdated),
    ]
    return _not_ready({"status": "database outdated", "outdated": outdated[:NAMED_MAX], "total": len(outdated)})


def _reports() -> dict[str, str]:
    if not replica.configured():
        return {}
    return {"reports": "replica unavailable" if replica.is_away() else "replica"}


def _not_ready(why: dict[str, object]) -> HttpResponse:
    return JsonResponse(why, status=503, headers={"Retry-After": "2"})
