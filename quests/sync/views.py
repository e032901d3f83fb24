"""Pages of sync: the offline page with what makes it work, and the conflicts."""

import re
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from quests.models import ConflictResolution, SyncConflict
from quests.sync import actions, queries
from quests.sync.serializers import ResolveBody, fields_of
from saas.web.api.resources import validated
from saas.web.pages import caller_of, for_members, page_of

_ASSET = re.compile(r'(?:href|src)="(/[^"#]+\.(?:css|js|svg))')


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """Show the page that works without a network. It is the same for everybody: the browser adds whose it is."""
    return _with_revalidation(HttpResponse(_offline_page()))


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker, which keeps the offline page and its files; new files make a new one."""
    page = _offline_page()
    where = reverse("offline")
    context = {
        "copy": static("milepost/copy.js"),
        "page": where,
        "shell": str([where, *sorted(set(_ASSET.findall(page)))]),
        "version": sha256(page.encode()).hexdigest()[:12],
    }
    script = render_to_string("sync/service_worker.js", context)
    response = _with_revalidation(HttpResponse(script, content_type="text/javascript; charset=utf-8"))
    response["Service-Worker-Allowed"] = "/"
    return response


@require_GET
def manifest(request: HttpRequest) -> JsonResponse:
    """Describe Milepost to a device that installs it."""
    sizes = (("milepost/logo.svg", "any", "image/svg+xml"), *ICONS)
    icons = [{"src": static(path), "sizes": size, "type": kind} for path, size, kind in sizes]
    maskable = {"src": static("milepost/icons/maskable-512.png"), "sizes": "512x512", "type": "image/png"}
    description = {
        "id": "/",
        "name": "Milepost",
        "short_name": "Milepost",
        "description": "Financial goals, and the steps that lead to them.",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f5f5f1",
        "theme_color": "#0b5d53",
        "icons": [*icons, {**maskable, "purpose": "maskable"}],
        "shortcuts": [
            {"name": name, "url": reverse(page)}
            for name, page in (("Set a goal", "new_goal"), ("Quests", "quests"), ("Goals on this device", "offline"))
        ],
    }
    return JsonResponse(description, content_type="application/manifest+json")


ICONS = tuple((f"milepost/icons/icon-{size}.png", f"{size}x{size}", "image/png") for size in (192, 512))


def _offline_page() -> str:
    return render_to_string("sync/offline.html")


def _with_revalidation(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-cache"
    return response


SHOWN = 8
"""How many conflicts a page shows: both sides of each may be long."""


@for_members
@require_GET
def conflicts(request: HttpRequest) -> HttpResponse:
    """List the edits that contradict each other, both sides of each, with the choice."""
    page = page_of(request, queries.conflicts(open_only=True), limit=SHOWN)
    now = queries.records_now(page.rows)
    shown = [_shown(conflict, now.get((conflict.type, conflict.record_id))) for conflict in page.rows]
    return render(request, "sync/conflicts.html", {"page": page, "conflicts": shown})


def _shown(conflict: SyncConflict, now: queries.Record | None) -> dict[str, Any]:
    sides = [
        (name, _in_words(name, mine), _in_words(name, now.get(name)) if now else None)
        for name, mine in (conflict.mine or {}).items()
    ]
    return {"conflict": conflict, "title": (now or {}).get("title"), "is_gone": now is None, "sides": sides}


def _in_words(name: str, value: Any) -> Any:
    """Return a list of steps as the places of those that are done, a day as a date, anything else as it is."""
    if isinstance(value, list):
        return ", ".join(str(place) for place, step in enumerate(value, 1) if step["done"])
    return date.fromisoformat(value) if name.endswith("_on") and isinstance(value, str) else value


@for_members
@require_POST
def resolve_conflict(request: HttpRequest, conflict_id: UUID) -> HttpResponse:
    """Keep one side of a conflict."""
    keep = validated(ResolveBody(data={"keep": request.POST.get("keep")}))["keep"]
    fields = fields_of(queries.find_conflict(conflict_id))
    actions.resolve(conflict_id=conflict_id, keep=keep, fields=fields, by=caller_of(request).user_id)
    messages.success(request, "Kept yours." if keep == ConflictResolution.MINE else "Kept what is on the server.")
    return redirect("conflicts")
