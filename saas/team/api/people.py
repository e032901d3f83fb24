"""Members and invitations."""

from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from saas.accounts import queries as accounts
from saas.accounts.models import User
from saas.team import actions, invitations, presentation
from saas.team import serializers as s
from saas.team.queries import spending
from saas.web.api.cursors import PageParameters, page
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource
from saas.web.idempotency import Answer


class MembersResource(Resource):
    """The people of the organization."""

    scopes: ClassVar = {"GET": "read", "POST": "organization:write"}
    live_only = "A test organization has no members. Invite people with a live key, or in the application."

    @documented("List members", gives=page_of(s.MemberShape), parameters=s.MemberParameters)
    def get(self, request: Request) -> Response:
        """List members, newest first, each with what they used in the present period."""
        parameters = self.parameters(s.MemberParameters)
        members = accounts.members().filter(**s.chosen(parameters, "role", department_id="department"))
        return Response(page(members, parameters, present=presentation.member_with(spending())))

    @documented("Invite a member", takes=s.InvitationBody, gives=s.InvitationShape, status=201, refusals=(404, 409))
    def post(self, request: Request) -> Response:
        """Invite somebody by e-mail: they are a member once they accept. An open invitation of theirs is replaced."""
        self.caller.require_manager()
        body = s.placing(self.body(s.InvitationBody))

        def invite() -> Answer:
            invitation, _ = invitations.send(by=User.objects.get(id=self.caller.user_id), **body)
            return Answer(201, presentation.invitation(invitation))

        return self.once_when_done(invite)


class MemberResource(Resource):
    """One member."""

    scopes: ClassVar = {"GET": "read", "PATCH": "organization:write", "DELETE": "organization:write"}

    @documented("Get a member", gives=s.MemberShape, refusals=(404,))
    def get(self, request: Request, membership_id: UUID) -> Response:
        """Return a member with what they used in the present period."""
        self.parameters()
        member = actions.find_membership(membership_id)
        return Response(presentation.member_with(spending())(member))

    @documented("Change a member", takes=s.MemberChanges, gives=s.MemberShape, refusals=(404, 409))
    def patch(self, request: Request, membership_id: UUID) -> Response:
        """Change role or department. Only owners make, change or remove owners, and one always stays."""
        self.caller.require_manager()
        changes = s.placing(self.body(s.MemberChanges, partial=True))
        member = actions.change_member(membership_id=membership_id, by=self.caller.user_id, **changes)
        return Response(presentation.member_with(spending())(member))

    @documented("Remove a member", gives=None, status=204, refusals=(404, 409))
    def delete(self, request: Request, membership_id: UUID) -> Response:
        """End a membership; the person's keys stop working."""
        self.parameters()
        self.caller.require_manager()
        actions.remove_member(membership_id=membership_id, by=self.caller.user_id)
        return Response(status=204)


class InvitationsResource(Resource):
    """Open invitations."""

    scopes: ClassVar = {"GET": "read"}

    @documented("List open invitations", gives=page_of(s.InvitationShape), parameters=PageParameters)
    def get(self, request: Request) -> Response:
        """List invitations that can still be accepted or revoked, newest first."""
        parameters = self.parameters(PageParameters)
        return Response(page(accounts.open_invitations(), parameters, present=presentation.invitation))


class InvitationResource(Resource):
    """One open invitation."""

    scopes: ClassVar = {"DELETE": "organization:write"}

    @documented("Revoke an invitation", gives=None, status=204, refusals=(404,))
    def delete(self, request: Request, invitation_id: UUID) -> Response:
        """Make an open invitation's link useless."""
        self.parameters()
        self.caller.require_manager()
        actions.revoke_invitation(invitation_id=invitation_id)
        return Response(status=204)
