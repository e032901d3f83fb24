from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"

    def ready(self) -> None:
        """Register what a process refuses to start for."""
        from marketplace import checks  # noqa: F401
