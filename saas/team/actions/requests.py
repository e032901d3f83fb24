"""Asking for more than a quota allows, and answering."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from audit.actions import record
from saas.accounts.callers import Caller
from saas.accounts.lock import serialized
from saas.accounts.models import User
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, NotFound
from saas.team.actions.departments import set_quota
from saas.team.events import RequestApproved, RequestDeclined, RequestMade
from saas.team.models import RequestStatus, TokenRequest
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.kinds import QuotaScope


def ask_for_tokens(*, caller: Caller, tokens: int, note: str) -> TokenRequest:
    """Ask that the tightest quota which covers the caller be raised by `tokens`.

    Raises Conflict while an earlier request is open, or where no quota covers the caller.
    """
    with serialized():
        quota = ledger.tightest_quota(user_id=caller.user_id, department_id=caller.department_id).fetch()
        if quota is None:
            raise Conflict("No quota limits you, so there is none to raise.")
        if TokenRequest.objects.filter(asked_by_id=caller.user_id, status=RequestStatus.OPEN).exists():
            raise Conflict("Your last request is still open. An owner or admin will answer it.")
        subjects = {QuotaScope.USER: caller.user_id, QuotaScope.DEPARTMENT: caller.department_id}
        request = TokenRequest.objects.create(
            asked_by_id=caller.user_id,
            scope=quota.scope,
            subject_id=subjects.get(QuotaScope(quota.scope)) or caller.organization_id,
            tokens=tokens,
            note=note,
        )
        record(RequestMade(**_event_payload(request)))
    return request


def approve_request(*, request_id: UUID, by: User, for_good: bool, note: str = "") -> TokenRequest:
    """Raise the quota by what was asked for: in the present period, or for good.

    Raises NotFound, Conflict for a request that was answered or whose quota is gone, InsufficientTokens for
    more than can be spent at all in this period.
    """
    with serialized():
        request = _answer(request_id, RequestStatus.APPROVED, by=by, note=note, for_good=for_good)
        quota = ledger.quotas().filter(scope=request.scope, subject_id=request.subject_id).first()
        if quota is None:
            raise Conflict("The quota is gone, so nothing limits them any more. Decline the request with a note.")
        scope = QuotaScope(request.scope)
        if for_good:
            set_quota(scope=scope, subject_id=request.subject_id, tokens=quota.limit_tokens + request.tokens)
        else:
            ledger_actions.raise_quota(scope=scope, subject_id=request.subject_id, tokens=request.tokens, reason="")
        record(RequestApproved(**_event_payload(request), for_user=request.asked_by_id, for_good=for_good))
    return request


def decline_request(*, request_id: UUID, by: User, note: str = "") -> TokenRequest:
    """Leave the quota as it is. Raises NotFound, Conflict for a request that was answered."""
    with serialized():
        request = _answer(request_id, RequestStatus.DECLINED, by=by, note=note)
        record(RequestDeclined(**_event_payload(request), for_user=request.asked_by_id))
    return request


def _answer(request_id: UUID, status: RequestStatus, *, by: User, note: str, for_good: bool = False) -> TokenRequest:
    """Answer an open request, once."""
    found = TokenRequest.objects.filter(id=request_id)
    values = {"status": status, "answered_by": by, "answered_at": database_now(), "answer": note, "for_good": for_good}
    if not found.filter(status=RequestStatus.OPEN).update(**values):
        raise Conflict("This request was answered already.") if found.exists() else _no_request()
    return found.select_related("asked_by").get()


def token_requests() -> QuerySet[TokenRequest]:
    """Return the organization's requests with their people, newest first."""
    return TokenRequest.objects.select_related("asked_by").order_by("-id")


def find_request(request_id: UUID) -> TokenRequest:
    """Return one request; raise NotFound for a foreign or unknown id."""
    request = token_requests().filter(id=request_id).first()
    if request is None:
        raise _no_request()
    return request


def _no_request() -> NotFound:
    return NotFound("There is no such request.")


def _event_payload(request: TokenRequest) -> dict[str, Any]:
    about = {"request": request.id, "user": request.asked_by_id, "tokens": request.tokens}
    return {**about, "scope": request.scope, "subject": request.subject_id}
