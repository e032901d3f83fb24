"""Pages about people: team, invitations, keys, settings."""

from saas.team.views.addresses import EmailAddresses, VerificationSent
from saas.team.views.api_keys import api_keys, revoke_api_key, rotate_api_key
from saas.team.views.departments import change_department, create_department, remove_department, set_quota
from saas.team.views.guards import person
from saas.team.views.organizations import (
    leave_organization,
    rename_person,
    require_second_factor,
    second_factor_required,
    settings_page,
    switch_organization,
)
from saas.team.views.people import change_member, invitation, invite, remove_member, revoke_invitation, team
from saas.team.views.requests import answer_request, ask_for_tokens

__all__ = [
    "EmailAddresses",
    "VerificationSent",
    "answer_request",
    "api_keys",
    "ask_for_tokens",
    "change_department",
    "change_member",
    "create_department",
    "invitation",
    "invite",
    "leave_organization",
    "person",
    "remove_department",
    "remove_member",
    "rename_person",
    "require_second_factor",
    "revoke_api_key",
    "revoke_invitation",
    "rotate_api_key",
    "second_factor_required",
    "set_quota",
    "settings_page",
    "switch_organization",
    "team",
]
