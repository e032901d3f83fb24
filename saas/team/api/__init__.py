"""REST resources of the organization: people, departments, quotas and keys."""

from saas.team.api.api_keys import ApiKey, ApiKeyRotation, ApiKeys
from saas.team.api.departments import Department, Departments, Quota, Quotas
from saas.team.api.people import Invitation, Invitations, Member, Members
from saas.team.api.requests import TokenRequest, TokenRequestApproval, TokenRequestRefusal, TokenRequests
from saas.team.api.test_organization import TestClock, TestPayment, TestTokens

__all__ = [
    "ApiKey",
    "ApiKeyRotation",
    "ApiKeys",
    "Department",
    "Departments",
    "Invitation",
    "Invitations",
    "Member",
    "Members",
    "Quota",
    "Quotas",
    "TestClock",
    "TestPayment",
    "TestTokens",
    "TokenRequest",
    "TokenRequestApproval",
    "TokenRequestRefusal",
    "TokenRequests",
]
