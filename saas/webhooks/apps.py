from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "saas.webhooks"

    def ready(self) -> None:
        """Refuse to start a process that would call addresses inside the house for customers."""
        from saas.webhooks import checks

        checks.refuse_to_start()
