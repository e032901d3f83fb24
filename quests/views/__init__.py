"""The customer's pages: dashboard, goals, and what the AI made of them."""

from quests.views.dashboard import dashboard, home
from quests.views.forecasts import cancel_forecast, forecast, forecasts, generate_forecast
from quests.views.generated import (
    archive_quest,
    lead_list,
    lead_lists,
    mark_steps,
    quest,
    quests,
    rate_quest,
    receipt,
    restore_quest,
)
from quests.views.goals import (
    archive_goal,
    cancel_lead_list,
    cancel_quests,
    edit_goal,
    generate_lead_list,
    generate_quests,
    goal,
    goals,
    new_goal,
    restore_goal,
)
from quests.views.revenue import edit_revenue, import_revenue, remove_revenue, revenue

__all__ = [
    "archive_goal",
    "archive_quest",
    "cancel_forecast",
    "cancel_lead_list",
    "cancel_quests",
    "dashboard",
    "edit_goal",
    "edit_revenue",
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
    "rate_quest",
    "receipt",
    "remove_revenue",
    "restore_goal",
    "restore_quest",
    "revenue",
]
