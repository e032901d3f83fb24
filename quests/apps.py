from django.apps import AppConfig


class QuestsConfig(AppConfig):
    name = "quests"
    navigation = (
        ("home", "Dashboard"),
        ("goals", "Goals"),
        ("quests", "Quests"),
        ("lead_lists", "Leads"),
        ("forecasts", "Forecasts"),
    )
    state_looks = {"success": "reached", "warning": "behind due_today", "danger": "overdue"}
