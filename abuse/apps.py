from django.apps import AppConfig

from saas.kernel.errors import INSTANT, NUMBER, RETRY_AFTER, TEXT, ErrorCode

RULE = {"rule": TEXT, "limit": NUMBER, "ends": INSTANT, "blocked_until": INSTANT}


class AbuseConfig(AppConfig):
    name = "abuse"
    error_codes = (
        ErrorCode(422, "request_too_large", {"rule": TEXT, "limit": NUMBER}),
        ErrorCode(423, "temporarily_blocked", RETRY_AFTER, RULE),
        ErrorCode(429, "too_soon", RETRY_AFTER, RULE),
        ErrorCode(503, "abuse_store_unavailable", sometimes=RETRY_AFTER),
    )
    error_details = {"rate_limited": RULE}
