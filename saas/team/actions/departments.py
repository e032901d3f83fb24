"""Departments, and quotas of the organization, its departments and its people."""

from uuid import UUID

from audit.actions import record
from plans.queries import entitlements
from saas.accounts.lock import serialized
from saas.accounts.models import Department, Membership
from saas.kernel import tenancy
from saas.kernel.errors import Conflict, NotFound
from saas.team.events import DepartmentCreated, DepartmentRemoved, DepartmentUpdated
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.kinds import QuotaScope


def create_department(*, name: str) -> Department:
    """Make a department. Raises FeatureNotInPlan, Conflict for a name that is taken."""
    with serialized():
        _require_departments()
        _require_free(name)
        department = Department.objects.create(name=name)
        record(DepartmentCreated(department=department.id))
    return department


def change_department(*, department_id: UUID, name: str, **quota: int | None) -> Department:
    """Give a department another name and, where `tokens` are given, another quota.

    Raises NotFound, FeatureNotInPlan, Conflict for a name that is taken.
    """
    with serialized():
        department = find_department(department_id)
        if department.name != name:
            _require_departments()
            _require_free(name)
            department.name = name
            department.save(update_fields=["name"])
            record(DepartmentUpdated(department=department_id, changed=["name"]))
        if "tokens" in quota:
            put_quota(scope=QuotaScope.DEPARTMENT, subject_id=department_id, tokens=quota["tokens"])
    return department


def remove_department(*, department_id: UUID) -> None:
    """Remove a department with its quota; its people stay. Raises NotFound."""
    with serialized():
        department = find_department(department_id)
        put_quota(scope=QuotaScope.DEPARTMENT, subject_id=department_id, tokens=None)
        department.delete()
        record(DepartmentRemoved(department=department_id))


def find_department(department_id: UUID) -> Department:
    """Return the organization's department; raise NotFound for a foreign or unknown id."""
    department = Department.objects.filter(id=department_id).first()
    if department is None:
        raise NotFound("There is no such department.")
    return department


def set_quota(*, scope: QuotaScope, subject_id: UUID, tokens: int) -> UUID:
    """Set the most that this organization, a department or a member of it may spend in a period; return its id.

    Setting it again changes it. Raises NotFound for a subject that is not here, FeatureNotInPlan.
    """
    with serialized():
        _require_subject(scope, subject_id)
        _require_departments()
        return ledger_actions.set_quota(scope=scope, subject_id=subject_id, tokens=tokens)


def put_quota(*, scope: QuotaScope, subject_id: UUID, tokens: int | None) -> None:
    """Set a subject's quota, or with no tokens remove it; what it is already changes nothing. Raises as `set_quota`."""
    quota = ledger.quotas().filter(subject_id=subject_id).first()
    if tokens is None and quota is not None:
        remove_quota(quota_id=quota.id)
    elif tokens is not None and (quota is None or quota.limit_tokens != tokens):
        set_quota(scope=scope, subject_id=subject_id, tokens=tokens)


def remove_quota(*, quota_id: UUID) -> None:
    """Let the subject spend without a quota of its own, whatever the plan is. Raises NotFound."""
    if not ledger_actions.remove_quota(quota_id=quota_id):
        raise NotFound("There is no such quota.")


def _require_departments() -> None:
    entitlements(tenancy.current_organization_id()).fetch().require("departments")


def _require_free(name: str) -> None:
    if Department.objects.filter(name=name).exists():
        raise Conflict(f"There is a department {name!r} already.")


def _require_subject(scope: QuotaScope, subject_id: UUID) -> None:
    here = {
        QuotaScope.ORGANIZATION: lambda: subject_id == tenancy.current_organization_id(),
        QuotaScope.DEPARTMENT: Department.objects.filter(id=subject_id).exists,
        QuotaScope.USER: Membership.objects.filter(user_id=subject_id).exists,
    }
    if not here[scope]():
        raise NotFound("There is no such member or department.")
