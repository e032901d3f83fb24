from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "tokens"
    state_looks = {
        "success": "settled grant gift reinstate repay",
        "accent": "held hold",
        "warning": "expire frozen",
        "danger": "revoked clawback debt",
    }
