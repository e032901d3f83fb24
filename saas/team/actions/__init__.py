"""What is done with organizations, people, departments, quotas and keys. Import the verbs from here."""

from saas.team.actions.api_keys import (
    OVERLAP_HOURS_MAX,
    NewKey,
    create_api_key,
    find_api_key,
    rename_api_key,
    revoke_api_key,
    rotate_api_key,
)
from saas.team.actions.departments import (
    change_department,
    create_department,
    find_department,
    put_quota,
    remove_department,
    remove_quota,
    set_quota,
)
from saas.team.actions.organizations import open_organization, update_organization
from saas.team.actions.people import (
    INVITATION_DAYS,
    LastOwner,
    MembersLimit,
    accept_invitation,
    change_member,
    find_invitation,
    find_membership,
    invite,
    remove_member,
    revoke_invitation,
)

__all__ = [
    "INVITATION_DAYS",
    "OVERLAP_HOURS_MAX",
    "LastOwner",
    "MembersLimit",
    "NewKey",
    "accept_invitation",
    "change_department",
    "change_member",
    "create_api_key",
    "create_department",
    "find_api_key",
    "find_department",
    "find_invitation",
    "find_membership",
    "invite",
    "open_organization",
    "put_quota",
    "remove_department",
    "remove_member",
    "remove_quota",
    "rename_api_key",
    "revoke_api_key",
    "revoke_invitation",
    "rotate_api_key",
    "set_quota",
    "update_organization",
]
