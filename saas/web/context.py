"""Template context of every page: the theme that the cookie chose."""

from django.http import HttpRequest

SANDBOX_NOTICE = "SANDBOX - no money moves"
"""Stands on every page, receipt and mail about money in the sandbox."""


def theme(request: HttpRequest) -> dict[str, str]:
    """Return the chosen theme: light, dark, or empty for the system's."""
    chosen = request.COOKIES.get("__Host-theme" if request.is_secure() else "theme", "")
    return {"theme": chosen if chosen in ("light", "dark") else ""}
