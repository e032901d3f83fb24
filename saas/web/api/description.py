"""The OpenAPI file, for programs."""

from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request


class Description(SpectacularAPIView):
    """The description of the API."""

    def _get_filename(self, request: Request, version: str | None) -> str:
        """Return a name that needs no quoting in a shell."""
        return f"milepost.openapi.{self.perform_content_negotiation(request, force=True)[0].format}"
