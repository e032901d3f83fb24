"""Erasing a person as staff do it, beside what the team's list of people offers."""

from typing import Any

from django.contrib import admin

from saas.accounts.models import User
from saas.closing import actions
from saas.team.admin import UserAdmin
from saas.web.admin import confirmed_action

admin.site.unregister(User)


@admin.register(User)
class ErasableUserAdmin(UserAdmin):
    """People, who can also be erased."""

    actions = (*UserAdmin.actions, "erase")

    @confirmed_action("Erase for good…")
    def erase(self, user: User, values: dict[str, Any]) -> str:
        done = actions.erase_person(user_id=user.pk, reason=values["reason"])
        return "erased. The id stays in ledgers and audit logs and leads to nobody." if done else "erased already."
