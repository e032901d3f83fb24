from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "saas.team"
    label = "team"

    def ready(self) -> None:
        """Receive what Django and allauth tell of logins; say what the id of a request reads like."""
        from audit import delivery
        from saas.team import activity, queries

        delivery.NAMES["request"] = queries.names_of_request
        activity.connect()
