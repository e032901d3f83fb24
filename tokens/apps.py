from django.apps import AppConfig

from saas.kernel.errors import NUMBER, ErrorCode, one_of


class TokensConfig(AppConfig):
    name = "tokens"
    state_looks = {
        "success": "settled grant gift reinstate repay",
        "accent": "held hold",
        "warning": "expire frozen",
        "danger": "revoked clawback debt",
    }
    error_codes = (
        ErrorCode(402, "insufficient_tokens", {"needed": NUMBER, "available": NUMBER}),
        ErrorCode(402, "token_debt", {"debt": NUMBER}),
        ErrorCode(
            403,
            "quota_reached",
            {
                "scope": one_of("user", "department", "organization"),
                "limit": NUMBER,
                "used": NUMBER,
                "needed": NUMBER,
            },
        ),
        ErrorCode(
            409,
            "hold_finalized",
            sometimes={
                "hold_status": one_of("settled", "released", "expired", "revoked"),
                "settled_tokens": NUMBER,
            },
        ),
    )
    error_details = {"validation_error": {"held": NUMBER, "charge": NUMBER}}
