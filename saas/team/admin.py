"""People and organizations as staff see them: what was given is taken back through the team's actions."""

from typing import Any

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from allauth.usersessions.admin import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from saas.accounts.models import ApiKey, Department, Installation, Invitation, Membership, Organization, User
from saas.kernel import tenancy
from saas.team import actions
from saas.web.admin import ConfirmedActionForm, ReadOnlyAdmin, confirmed_action

BY_ORGANIZATION = ("organization__name", "=organization__id")


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin):
    """The customers. What one of them closed by mistake is reopened here."""

    actions = ("reopen",)
    list_display = ("name", "id", "timezone", "currency", "created_at", "closed_at")
    list_filter = ("created_at", ("closed_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "=id")
    ordering = ("-id",)

    @confirmed_action("Reopen…")
    def reopen(self, organization: Organization, values: dict[str, Any]) -> str:
        with tenancy.organization(organization.id):
            actions.reopen_organization(reason=values["reason"])
        return "open again, on the free plan. Its keys stay revoked."


class AddressClash(admin.SimpleListFilter):
    """People whose address is another spelling of somebody's: see Note [One mailbox, one person]."""

    title = "address"
    parameter_name = "address"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("clash", "clashes with somebody's")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(canonical_email=None) if self.value() else queryset


class AccessForm(ConfirmedActionForm):
    """What a person may do as staff: all of it, so what is not chosen is taken away."""

    is_staff = forms.BooleanField(required=False, label="Staff")
    is_superuser = forms.BooleanField(required=False, label="Superuser")
    groups = forms.ModelMultipleChoiceField(Group.objects.all(), required=False)


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People. Only superusers change logins and staff access; nobody sees or sets a password here."""

    actions: tuple[str, ...] = ("block", "unblock", "set_access")
    concealed = ("password", "canonical_email", "canonical_email_source", "session_epoch")
    list_display = ("email", "name", "is_active", "is_staff", "is_superuser", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "date_joined", AddressClash)
    search_fields = ("email", "name", "=id")
    ordering = ("-id",)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Return True if the member of staff is a superuser."""
        return bool(getattr(request.user, "is_superuser", False))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return every field that may be seen, and the groups of staff."""
        return [*super().get_fields(request, obj), "groups"]

    @confirmed_action("Block…")
    def block(self, user: User, values: dict[str, Any]) -> str:
        actions.block_person(user_id=user.pk, reason=values["reason"])
        return "blocked: logged out everywhere, keys and invitations revoked."

    @confirmed_action("Unblock…")
    def unblock(self, user: User, values: dict[str, Any]) -> str:
        actions.unblock_person(user_id=user.pk, reason=values["reason"])
        return "can log in again. Their keys stay revoked."

    @confirmed_action("Set staff access…", AccessForm)
    def set_access(self, user: User, values: dict[str, Any]) -> str:
        chosen = {name: values[name] for name in ("is_staff", "is_superuser", "groups", "reason")}
        actions.set_access(user_id=user.pk, **chosen)
        return (
            "a superuser now." if chosen["is_superuser"] else "staff now." if chosen["is_staff"] else "not staff now."
        )


@admin.register(Installation)
class InstallationAdmin(ReadOnlyAdmin):
    """How this database earns money."""

    list_display = ("billing_mode",)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    actions = ("remove",)
    list_display = ("organization", "user", "role", "department", "created_at")
    list_filter = ("role", "created_at")
    search_fields = (*BY_ORGANIZATION, "user__email")
    ordering = ("-id",)

    @confirmed_action("Remove from the organization…")
    def remove(self, membership: Membership, values: dict[str, Any]) -> str:
        actions.remove_member(membership_id=membership.id, by=None, reason=values["reason"])
        return "removed."


@admin.register(Department)
class DepartmentAdmin(ReadOnlyAdmin):
    list_display = ("organization", "name", "created_at")
    search_fields = (*BY_ORGANIZATION, "name")
    ordering = ("-id",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    actions = ("revoke",)
    list_display = ("organization", "email", "role", "invited_by", "expires_at", "accepted_at", "revoked_at")
    list_filter = ("role", "created_at", ("accepted_at", admin.EmptyFieldListFilter))
    search_fields = (*BY_ORGANIZATION, "email")
    ordering = ("-id",)

    @confirmed_action("Revoke…")
    def revoke(self, invitation: Invitation, values: dict[str, Any]) -> str:
        actions.revoke_invitation(invitation_id=invitation.id, reason=values["reason"])
        return "revoked."


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    actions = ("revoke",)
    list_display = ("organization", "name", "hint", "mode", "created_by", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("mode", "created_at", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = (*BY_ORGANIZATION, "name", "hint", "created_by__email")
    ordering = ("-id",)

    @confirmed_action("Revoke…")
    def revoke(self, key: ApiKey, values: dict[str, Any]) -> str:
        actions.revoke_api_key(key_id=key.id, reason=values["reason"])
        return "revoked."


# What allauth registers would let staff change a login's address, and read second factors and session keys.
for model in (EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    list_display = ("email", "user", "primary", "verified")
    list_filter = ("primary", "verified")
    search_fields = ("email",)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    concealed = ("data",)
    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type", "created_at")
    search_fields = ("user__email",)


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    concealed = ("session_key", "data")
    list_display = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    list_filter = ("created_at",)
    search_fields = ("user__email", "=ip")
