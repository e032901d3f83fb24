"""For load balancers and monitoring: alive, ready."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from saas.kernel.released_sql.deployed import deployed

NAMED_MAX = 10


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process lives; asks nobody."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer whether requests can be served: the database is there and runs the SQL that this code expects.

    A database that a newer release has migrated serves this one, too. AI and Redis degrade instead.
    """
    try:
        found = deployed()
    except DatabaseError:
        return JsonResponse({"status": "database unavailable"}, status=503)
    if found.serves:
        return JsonResponse({"status": "ok"})
    outdated = [
        *(f"migration {name}" for name in found.behind),
        *(f"{row.name}: {row.state}" for row in found.outdated),
    ]
    return JsonResponse(
        {"status": "database outdated", "outdated": outdated[:NAMED_MAX], "total": len(outdated)}, status=503
    )
