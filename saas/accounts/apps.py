from django.apps import AppConfig

from saas.kernel.errors import TEXT, ErrorCode


class AccountsConfig(AppConfig):
    name = "saas.accounts"
    label = "accounts"
    verbose_name = "People and organizations"
    state_looks = {"success": "active", "danger": "revoked"}
    error_codes = (
        ErrorCode(403, "scope_missing", sometimes={"scope": TEXT, "missing": {"type": "array", "items": TEXT}}),
    )
