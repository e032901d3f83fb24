from django.apps import AppConfig

from saas.kernel.errors import INSTANT, ErrorCode

OVERDUE = {"state": {"$ref": "#/components/schemas/LicenseState"}, "past_due_at": INSTANT}
PAUSED = {"paused_at": INSTANT}


class LicensingConfig(AppConfig):
    name = "licensing"
    state_looks = {"success": "active", "warning": "paused grace offline", "danger": "suspended"}
    error_codes = (
        ErrorCode(402, "license_ai_off", sometimes=OVERDUE | PAUSED),
        ErrorCode(402, "license_sync_off", OVERDUE),
        ErrorCode(402, "license_reports_off", OVERDUE),
    )
