"""Departments and quotas."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from saas.accounts import queries as accounts
from saas.kernel.errors import NotFound
from saas.team import actions, presentation
from saas.team import serializers as s
from saas.team.queries import spending
from saas.web.api.cursors import PageParameters, page
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource
from saas.web.idempotency import Answer
from tokens import presentation as ledger_presentation
from tokens import queries as ledger
from tokens.kinds import QuotaScope
from tokens.serializers import QuotaShape


class DepartmentsResource(Resource):
    """Departments (Enterprise)."""

    scopes: ClassVar = {"GET": "read", "POST": "organization:write"}

    @documented("List departments", gives=page_of(s.DepartmentShape), parameters=PageParameters)
    def get(self, request: Request) -> Response:
        """List departments, newest first, each with what it used in the present period."""
        parameters = self.parameters(PageParameters)
        return Response(page(accounts.departments(), parameters, present=presentation.department_with(spending())))

    @documented("Make a department", takes=s.DepartmentBody, gives=s.DepartmentShape, status=201, refusals=(409,))
    def post(self, request: Request) -> Response:
        """Make a department."""
        self.caller.require_manager()
        body = self.body(s.DepartmentBody)

        def create() -> Answer:
            department = actions.create_department(**body)
            return Answer(201, presentation.department_with(spending())(department))

        return self.once(create)


class DepartmentResource(Resource):
    """One department."""

    scopes: ClassVar = {"GET": "read", "PATCH": "organization:write", "DELETE": "organization:write"}

    @documented("Get a department", gives=s.DepartmentShape, refusals=(404,))
    def get(self, request: Request, department_id: UUID) -> Response:
        """Return a department with what it used in the present period."""
        self.parameters()
        return self._answer(department_id)

    @documented("Rename a department", takes=s.DepartmentBody, gives=s.DepartmentShape, refusals=(404, 409))
    def patch(self, request: Request, department_id: UUID) -> Response:
        """Give a department another name."""
        self.caller.require_manager()
        actions.change_department(department_id=department_id, **self.body(s.DepartmentBody))
        return self._answer(department_id)

    @documented("Remove a department", gives=None, status=204, refusals=(404,))
    def delete(self, request: Request, department_id: UUID) -> Response:
        """Remove a department with its quota; its people stay."""
        self.parameters()
        self.caller.require_manager()
        actions.remove_department(department_id=department_id)
        return Response(status=204)

    def _answer(self, department_id: UUID) -> Response:
        department = accounts.departments().filter(id=department_id).first()
        if department is None:
            raise NotFound("There is no such department.")
        return Response(presentation.department_with(spending())(department))


class QuotasResource(Resource):
    """The most that may be spent in a period (Enterprise)."""

    scopes: ClassVar = {"GET": "read", "POST": "organization:write"}

    @documented("List quotas", gives=page_of(QuotaShape), parameters=s.QuotaParameters)
    def get(self, request: Request) -> Response:
        """List quotas, each with what is used and left of it in the present period."""
        parameters = self.parameters(s.QuotaParameters)
        quotas = ledger.quotas().filter(**s.chosen(parameters, "scope"))
        period = ledger.period()
        return Response(page(quotas, parameters, present=lambda quota: ledger_presentation.quota(quota, period)))

    @documented("Set a quota", takes=s.QuotaBody, gives=QuotaShape, status=201, refusals=(404,))
    def post(self, request: Request) -> Response:
        """Set the quota of the organization, a department or a user; what was spent in this period counts."""
        self.caller.require_manager()
        body = self.body(s.QuotaBody)
        scope = QuotaScope(body["scope"])
        subject = self.caller.organization_id if scope == QuotaScope.ORGANIZATION else body["subject"]

        def set_quota() -> Answer:
            return Answer(201, _quota(actions.set_quota(scope=scope, subject_id=subject, tokens=body["tokens"])))

        return self.once(set_quota)


class QuotaResource(Resource):
    """One quota."""

    scopes: ClassVar = {"GET": "read", "PATCH": "organization:write", "DELETE": "organization:write"}

    @documented("Get a quota", gives=QuotaShape, refusals=(404,))
    def get(self, request: Request, quota_id: UUID) -> Response:
        """Return a quota with what is used and left of it in the present period."""
        self.parameters()
        return Response(_quota(quota_id))

    @documented("Change a quota", takes=s.QuotaChanges, gives=QuotaShape, refusals=(404,))
    def patch(self, request: Request, quota_id: UUID) -> Response:
        """Raise or lower a quota."""
        self.caller.require_manager()
        body = self.body(s.QuotaChanges)
        quota = ledger.find_quota(quota_id)
        actions.set_quota(scope=QuotaScope(quota.scope), subject_id=quota.subject_id, **body)
        return Response(_quota(quota_id))

    @documented("Remove a quota", gives=None, status=204, refusals=(404,))
    def delete(self, request: Request, quota_id: UUID) -> Response:
        """Remove a quota, on any plan."""
        self.parameters()
        self.caller.require_manager()
        actions.remove_quota(quota_id=quota_id)
        return Response(status=204)


def _quota(quota_id: UUID) -> dict[str, Any]:
    return ledger_presentation.quota(ledger.find_quota(quota_id), ledger.period())
