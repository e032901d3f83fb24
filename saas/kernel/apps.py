from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "saas.kernel"
    label = "kernel"

    def ready(self) -> None:
        """Register the checks of released SQL."""
        from saas.kernel.released_sql import checks  # noqa: F401
