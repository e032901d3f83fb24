from django.apps import AppConfig

MORE_TOKENS = (("packs", "Get more tokens"), ("plans", "Compare plans"))
PAYMENT = (("billing", "Fix the payment"),)


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    next_steps = {
        **dict.fromkeys(["insufficient_tokens", "token_debt"], MORE_TOKENS),
        **dict.fromkeys(["license_ai_off", "license_sync_off", "license_reports_off"], PAYMENT),
    }
    state_looks = {
        "success": "paid accepted",
        "accent": "pending offered",
        "warning": "disputed",
        "danger": "failed declined",
    }

    def ready(self) -> None:
        """Register what a process refuses to start for."""
        from marketplace.stripe import checks  # noqa: F401
