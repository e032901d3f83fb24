from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "saas.team"
    label = "team"

    def ready(self) -> None:
        """Receive what Django and allauth tell of logins."""
        from saas.team import activity

        activity.connect()
