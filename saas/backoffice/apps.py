from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "saas.backoffice"
    label = "backoffice"

    def ready(self) -> None:
        """Register what a process refuses to start for."""
        from saas.backoffice import checks  # noqa: F401
