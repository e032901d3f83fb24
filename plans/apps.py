from django.apps import AppConfig

from saas.kernel.errors import NUMBER, TEXT, ErrorCode


class PlansConfig(AppConfig):
    name = "plans"
    next_steps = {"feature_not_in_plan": (("plans", "Compare plans"),)}
    error_codes = (
        ErrorCode(
            403,
            "feature_not_in_plan",
            sometimes={"feature": TEXT, "plan": TEXT, "needed_plan": {"type": ["string", "null"]}, "limit": NUMBER},
        ),
    )
