"""REST resources of the organization: account, people, departments, quotas and keys."""

from saas.team.api.account import Account, License
from saas.team.api.api_keys import ApiKey, ApiKeyRotation, ApiKeys
from saas.team.api.audit import AuditEvents, AuditProof
from saas.team.api.departments import Department, Departments, Quota, Quotas
from saas.team.api.people import Invitation, Invitations, Member, Members
from saas.team.api.requests import TokenRequest, TokenRequestApproval, TokenRequestRefusal, TokenRequests
from saas.team.api.sandbox import TestClock, TestPayment, TestTokens

__all__ = [
    "Account",
    "ApiKey",
    "ApiKeyRotation",
    "ApiKeys",
    "AuditEvents",
    "AuditProof",
    "Department",
    "Departments",
    "Invitation",
    "Invitations",
    "License",
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
