"""Pages about people: team, invitations, keys, settings."""

from saas.team.views.api_keys import api_keys, revoke_api_key, rotate_api_key
from saas.team.views.audit import audit_log, export_audit_log
from saas.team.views.departments import change_department, create_department, remove_department, set_quota
from saas.team.views.organizations import settings_page, switch_organization
from saas.team.views.people import change_member, invitation, invite, remove_member, revoke_invitation, team

__all__ = [
    "api_keys",
    "audit_log",
    "change_department",
    "change_member",
    "create_department",
    "export_audit_log",
    "invitation",
    "invite",
    "remove_department",
    "remove_member",
    "revoke_api_key",
    "revoke_invitation",
    "rotate_api_key",
    "set_quota",
    "settings_page",
    "switch_organization",
    "team",
]
