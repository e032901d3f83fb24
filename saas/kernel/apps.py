from django.apps import AppConfig

from saas.kernel.errors import RETRY_AFTER, ErrorCode


class KernelConfig(AppConfig):
    name = "saas.kernel"
    label = "kernel"
    error_codes = (
        ErrorCode(403, "forbidden"),
        ErrorCode(404, "not_found"),
        ErrorCode(409, "conflict"),
        ErrorCode(
            422,
            "validation_error",
            {"errors": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/ErrorShape"}}},
        ),
        ErrorCode(503, "unavailable", sometimes=RETRY_AFTER),
    )

    def ready(self) -> None:
        """Register the checks of released SQL and of the replica."""
        from saas.kernel import replica  # noqa: F401
        from saas.kernel.released_sql import checks  # noqa: F401
