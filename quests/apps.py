from django.apps import AppConfig

from saas.kernel.errors import ID, INSTANT


class QuestsConfig(AppConfig):
    name = "quests"
    navigation = (
        ("home", "Dashboard"),
        ("goals", "Goals"),
        ("quests", "Quests"),
        ("lead_lists", "Leads"),
        ("forecasts", "Forecasts"),
    )
    state_looks = {"success": "reached won", "warning": "behind due_today", "danger": "overdue"}
    error_details = {"conflict": {"forecast": ID, "forecast_created_at": INSTANT}}

    def holds_amounts(self) -> bool:
        """Return True if the organization has a goal: there are no amounts without one."""
        from quests.models import Goal

        return Goal.objects.exists()
