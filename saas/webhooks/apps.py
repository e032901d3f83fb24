from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "saas.webhooks"
    state_looks = {
        "success": "delivered succeeded on",
        "accent": "pending",
        "warning": "failing",
        "danger": "failed off",
    }

    def ready(self) -> None:
        """Register what a process refuses to start for."""
        from saas.webhooks import checks  # noqa: F401
