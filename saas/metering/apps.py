from django.apps import AppConfig

from saas.kernel.errors import REFUNDED, RETRY_AFTER, TEXT, ErrorCode

OUTCOME = {"outcome": TEXT}


class MeteringConfig(AppConfig):
    name = "saas.metering"
    label = "metering"
    navigation = (("usage", "Usage"), ("ledger", "Ledger"))
    error_codes = (
        ErrorCode(502, "ai_failed", REFUNDED, OUTCOME),
        ErrorCode(502, "ai_output_invalid", REFUNDED, OUTCOME),
        ErrorCode(503, "ai_unavailable", sometimes=RETRY_AFTER),
        ErrorCode(504, "ai_timeout", REFUNDED, OUTCOME),
    )
    error_details = dict.fromkeys(["license_ai_off", "hold_finalized"], REFUNDED)
