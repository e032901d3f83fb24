from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"

    def ready(self) -> None:
        """Refuse to start a process that would take or grant money wrongly."""
        from marketplace import checks

        checks.refuse_to_start()
