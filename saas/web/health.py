"""For load balancers and monitoring: alive, ready."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process lives; asks nobody."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Answer whether requests can be served: the database is there and migrated. AI and Redis degrade instead."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM plans_price_book")
    except DatabaseError:
        return JsonResponse({"status": "database unavailable"}, status=503)
    return JsonResponse({"status": "ok"})
