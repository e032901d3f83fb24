from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "plans"
    next_steps = {"feature_not_in_plan": (("plans", "Compare plans"),)}
