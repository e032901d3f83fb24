"""The customer's pages: dashboard, goals, and what the AI made of them."""

from quests.views.dashboard import dashboard, home
from quests.views.forecasts import cancel_forecast, forecast, forecasts, generate_forecast
from quests.views.goals import (
    add_revenue,
    archive_goal,
    cancel_lead_list,
    cancel_quests,
    edit_goal,
    generate_lead_list,
    generate_quests,
    goal,
    goals,
    import_revenue,
    new_goal,
    restore_goal,
)
from quests.views.made import lead_list, lead_lists, mark_steps, quest, quests, receipt

__all__ = [
    "add_revenue",
    "archive_goal",
    "cancel_forecast",
    "cancel_lead_list",
    "cancel_quests",
    "dashboard",
    "edit_goal",
    "forecast",
    "forecasts",
    "generate_forecast",
    "generate_lead_list",
    "generate_quests",
    "goal",
    "goals",
    "home",
    "import_revenue",
    "lead_list",
    "lead_lists",
    "mark_steps",
    "new_goal",
    "quest",
    "quests",
    "receipt",
    "restore_goal",
]
