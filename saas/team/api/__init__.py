"""REST resources of the organization: people, departments, quotas and keys."""

from saas.team.api.api_keys import ApiKeyResource, ApiKeyRotationResource, ApiKeysResource
from saas.team.api.departments import DepartmentResource, DepartmentsResource, QuotaResource, QuotasResource
from saas.team.api.people import InvitationResource, InvitationsResource, MemberResource, MembersResource
from saas.team.api.requests import (
    TokenRequestApprovalResource,
    TokenRequestRefusalResource,
    TokenRequestResource,
    TokenRequestsResource,
)
from saas.team.api.test_organization import TestClockResource, TestPaymentResource, TestTokensResource

__all__ = [
    "ApiKeyResource",
    "ApiKeyRotationResource",
    "ApiKeysResource",
    "DepartmentResource",
    "DepartmentsResource",
    "InvitationResource",
    "InvitationsResource",
    "MemberResource",
    "MembersResource",
    "QuotaResource",
    "QuotasResource",
    "TestClockResource",
    "TestPaymentResource",
    "TestTokensResource",
    "TokenRequestApprovalResource",
    "TokenRequestRefusalResource",
    "TokenRequestResource",
    "TokenRequestsResource",
]
