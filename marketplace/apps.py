from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"

    def ready(self) -> None:
        """Register what a process refuses to start for; say what the id of a gift reads like."""
        from audit import delivery
        from marketplace import checks  # noqa: F401
        from marketplace.gifts import queries

        delivery.NAMES["gift"] = queries.names_of
