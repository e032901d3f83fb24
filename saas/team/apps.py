from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "saas.team"
    label = "team"
    navigation = (("team", "Team"),)
    next_steps = {
        "quota_reached": (("team", "Ask for more"),),
        "not_authenticated": (("account_login", "Log in"),),
    }
    state_looks = {"success": "approved verified on", "accent": "open", "danger": "declined"}

    def ready(self) -> None:
        """Connect to the signals of Django and allauth about logins."""
        from saas.team import activity

        activity.connect()
