from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"

    def ready(self) -> None:
        """Refuse to start a process that would take or grant money wrongly; say what the id of a gift reads like."""
        from audit import delivery
        from marketplace import checks
        from marketplace.gifts import queries

        delivery.NAMES["gift"] = queries.names_of
        checks.refuse_to_start()
