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
