"""What every page shows, whoever looks."""

from django.http import HttpRequest


def theme(request: HttpRequest) -> dict[str, str]:
    """Return the chosen theme: light, dark, or empty for the system's."""
    chosen = request.COOKIES.get("__Host-theme" if request.is_secure() else "theme", "")
    return {"theme": chosen if chosen in ("light", "dark") else ""}
