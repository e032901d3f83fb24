"""The price book, overrides and roll-outs as staff edit them; what is in effect cannot change."""

from typing import Any, cast
from uuid import UUID

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest

from plans import actions, checking, margins, publishing
from plans.forms import ACCEPT, GrantForm, MarginForm, MarginFormSet, OverrideForm, PlanForm, PublishForm, RolloutForm
from plans.models import (
    Limit,
    MarginCheck,
    OperationPrice,
    Override,
    OverrideKind,
    Pack,
    Plan,
    PlanFeature,
    PriceBook,
    Rollout,
    Subscription,
    Trial,
    TrialClaim,
)
from plans.price_book import FREE_PLAN, read
from plans.queries import current_book, entitlements
from saas.accounts.models import User
from saas.kernel import tenancy
from saas.web.admin import ActionPreview, ReadOnlyAdmin, StaffAdmin, confirmed_action
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.admin import AccountAdmin
from tokens.kinds import Source


class DraftAdmin(StaffAdmin):
    """What belongs to a price book: edited while that is a draft, never added or deleted alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or is_draft(obj))


class DraftInline(admin.TabularInline):  # type: ignore[type-arg]
    """Lines of a price book or plan: added, changed and deleted while it is a draft."""

    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and is_draft(obj)


def is_draft(item: Any) -> bool:
    """Return True if a price book, or a part of one, can still be edited."""
    book: PriceBook | None = item if isinstance(item, PriceBook) else getattr(item, "price_book", None)
    return book is not None and book.effective_at is None


class PlanInline(DraftInline):
    model = Plan
    formset = MarginFormSet
    show_change_link = True


class SharedLimitInline(DraftInline):
    """Limits of all plans; a plan's own are edited with the plan."""

    model = Limit
    exclude = ("plan",)
    verbose_name_plural = "limits of all plans"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(plan=None)


class OperationPriceInline(DraftInline):
    model = OperationPrice


class PackInline(DraftInline):
    model = Pack
    formset = MarginFormSet


class PlanFeatureInline(DraftInline):
    model = PlanFeature


class PlanLimitInline(DraftInline):
    """Limits that this plan has for itself."""

    model = Limit
    exclude = ("price_book",)


def margins_of(book: PriceBook) -> ActionPreview:
    """Return each line of a price book at full use, and which of them would be new below the line."""
    content = read(book.version)
    new = margins.newly_below(margins.lines(content), current_book())
    heads = ("", "price", "AI cost", "margin", "after fees", "")
    return ActionPreview(heads, [_line_of(line, line in new) for line in margins.lines(content)])


def _line_of(line: margins.MarginLine, new: bool) -> tuple[str, ...]:
    note = (
        ""
        if line.on_target
        else "not above 90 %: NEW, say why"
        if new
        else "not above 90 %: by design, as in effect now"
    )
    return (line.name, f"${line.revenue:,.2f}", f"${line.cost:,.2f}", line.percent, line.after_fees.percent, note)


@admin.register(PriceBook)
class PriceBookAdmin(DraftAdmin):
    """Versions: copied into a draft, edited, published for a date."""

    form = MarginForm
    actions = ("draft", "publish", "withdraw")
    inlines = (PlanInline, SharedLimitInline, OperationPriceInline, PackInline)
    readonly_fields = ("version", "effective_at", "created_at")
    list_display = ("version", "note", "effective_at", "created_at")
    ordering = ("-version",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask to accept prices below the line while they can be edited."""
        asked = (ACCEPT,) if is_draft(obj) else ()
        return ("version", "effective_at", "note", "fee_percent", "fee_fixed", "fee_source", "created_at", *asked)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the lines and say which new prices would earn less than the target."""
        super().save_related(request, form, formsets, change)
        for line in margins.newly_below(margins.lines(read(form.instance.version)), current_book()):
            self.message_user(request, f"{line.name}: margin {line.percent} at full use, below 90 %.", messages.WARNING)

    @confirmed_action("Copy the price book in effect into a new draft…")
    def draft(self, book: PriceBook, values: dict[str, Any]) -> str:
        return f"{publishing.draft_price_book(reason=values['reason'])} is a draft now."

    @confirmed_action("Publish…", PublishForm, preview=margins_of)
    def publish(self, book: PriceBook, values: dict[str, Any]) -> str:
        at = publishing.publish_price_book(
            version=book.version,
            at=values["at"],
            reason=values["reason"],
            why_below_target=values["why_below_target"],
        )
        return f"takes effect on {at:%d %B %Y, %H:%M} UTC."

    @confirmed_action("Make it a draft again…")
    def withdraw(self, book: PriceBook, values: dict[str, Any]) -> str:
        publishing.withdraw_price_book(version=book.version, reason=values["reason"])
        return "is a draft again."


@admin.register(Plan)
class PlanAdmin(DraftAdmin):
    """A plan with its features and its own limits."""

    form = PlanForm
    inlines = (PlanFeatureInline, PlanLimitInline)
    readonly_fields = ("price_book",)
    list_display = ("key", "price_book", "name", "monthly_price", "monthly_tokens", "rollover_tokens_max")
    list_filter = ("key",)
    ordering = ("-price_book", "rank")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask to accept prices below the line while they can be edited."""
        names = [name for name in super().get_fields(request, obj) if name != ACCEPT]
        return [*names, ACCEPT] if is_draft(obj) else names

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Give a plan's limit its plan's price book."""
        for each in formset.save(commit=False):
            if isinstance(each, Limit):
                each.price_book = form.instance.price_book
            each.save()
        for each in formset.deleted_objects:
            each.delete()


@admin.register(MarginCheck)
class MarginCheckAdmin(ReadOnlyAdmin):
    """The monthly checks against the 90 % line."""

    readonly_fields = ("margin", "margin_measured")
    list_display = ("month", "mode", "revenue", "tokens", "cost_by_rule", "cost_measured", *readonly_fields)
    list_filter = ("mode",)

    @admin.display(description="margin by rule")
    def margin(self, check: MarginCheck) -> str:
        return checking.by_rule(check).percent

    @admin.display(description="margin measured")
    def margin_measured(self, check: MarginCheck) -> str:
        return checking.measured(check).percent


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """Who is on which plan."""

    list_display = ("organization", "plan_key", "scheduled_plan_key", "anchor_at", "allowance_until", "ended_at")
    list_filter = ("plan_key", "created_at", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("organization__name", "=organization__id")
    ordering = ("-id",)


@admin.register(Trial)
class TrialAdmin(ReadOnlyAdmin):
    """Who tastes a plan, and what came of it."""

    list_display = ("organization", "plan_key", "tokens", "started_at", "ends_at", "ended_at", "ended_as")
    list_filter = ("ended_as", ("ended_at", admin.EmptyFieldListFilter), "started_at")
    search_fields = ("organization__name", "=organization__id")
    ordering = ("-id",)


@admin.register(TrialClaim)
class TrialClaimAdmin(ReadOnlyAdmin):
    """How many people and addresses had a trial; whose they are cannot be seen."""

    list_display = ("id",)
    fields = ("id",)


def after_grant(values: dict[str, Any], account: Any) -> ActionPreview:
    """Return an account's balance before and after a grant, and what the tokens cost us by rule."""
    with tenancy.organization(account.organization_id):
        now, plan = ledger.position(), entitlements(account.organization_id).fetch().plan
    repaid = min(now.debt, values["tokens"])
    cost = values["tokens"] * margins.TOKEN_COST
    after = now.available + values["tokens"] - repaid
    heads = ("Available now", "After", "Debt it repays", "AI cost by rule", "Plan", "Organization ID")
    row = (f"{now.available:,}", f"{after:,}", f"{repaid:,}", f"${cost:,.2f}")
    return ActionPreview(heads, [(*row, plan.name, str(account.organization_id))])


@admin.register(apps.get_model("tokens", "Account"))
class GrantingAccountAdmin(AccountAdmin):
    """The ledger's accounts with the plan of each, so that the right one is found; tokens are granted here."""

    actions = ("grant",)
    list_display = ("organization", "organization_id", "plan", *AccountAdmin.list_display[1:])

    def get_queryset(self, request: HttpRequest) -> Any:
        present = Subscription.objects.filter(organization_id=OuterRef("organization_id"), ended_at=None)
        return super().get_queryset(request).annotate(plan_key=Subquery(present.values("plan_key")[:1]))

    @admin.display(ordering="plan_key")
    def plan(self, account: Any) -> str:
        return account.plan_key or FREE_PLAN

    @confirmed_action("Grant tokens…", GrantForm, effect=after_grant)
    def grant(self, account: Any, values: dict[str, Any]) -> str:
        granted = ledger_actions.grant(
            source=Source(values["source"]),
            tokens=values["tokens"],
            business_key=f"staff:{values['submission']}",
            expires_at=values["expires_at"],
            reason=values["reason"],
        )
        if not granted:
            return "granted already, nothing changed."
        return f"{values['tokens']:,} tokens granted, {ledger.position().available:,} are available now."


class OrganizationSelect(AutocompleteSelect):
    """Looks organizations up by name; what was sent and is no id is shown as nothing chosen, beside its error."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        return super().optgroups(name, [each for each in value if _is_id(each)], attrs)


def _is_id(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


@admin.register(Override)
class OverrideAdmin(StaffAdmin):
    """Values of single organizations, each with its reason."""

    form = OverrideForm
    actions = ("end",)
    fields = ("customer", "what", "value", "ends_at", "reason")
    list_display = ("organization", "kind", "key", "value", "ends_at", "reason", "created_by")
    list_filter = ("kind", "key", "ends_at")
    search_fields = ("organization__name", "=organization__id", "reason")
    ordering = ("-id",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Return the form with organizations looked up by name, since there are many."""
        form = super().get_form(request, obj, change, **options)
        if "customer" in form.base_fields:
            field = Override._meta.get_field("organization")
            form.base_fields["customer"].widget = OrganizationSelect(field, self.admin_site)
        return form

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Override again instead of editing: each value has had its reason."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """End instead, with a reason."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("organization", "kind", "key", "value", "ends_at", "reason", "created_by")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj is None else self.get_readonly_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Override, form: Any, change: bool) -> None:
        """Override through the action, for the organization."""
        kind, _, key = form.cleaned_data["what"].partition(":")
        organization = form.cleaned_data["customer"]
        with tenancy.organization(organization.pk):
            saved = actions.set_override(
                kind=OverrideKind(kind),
                key=key,
                value=obj.value,
                reason=obj.reason,
                ends_at=obj.ends_at,
                by=cast(User, request.user),
            )
        obj.pk, obj.organization, obj.kind, obj.key = saved.pk, organization, kind, key

    @confirmed_action("End…")
    def end(self, override: Override, values: dict[str, Any]) -> str:
        ended = actions.end_override(kind=OverrideKind(override.kind), key=override.key, reason=values["reason"])
        return "ended, the plan's value holds again." if ended else "had ended already."


@admin.register(Rollout)
class RolloutAdmin(StaffAdmin):
    """Features on their way from 0 to 100 percent of organizations."""

    form = RolloutForm
    fields = ("feature", "percentage", "reason")
    list_display = ("feature", "percentage")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Set it to 100 instead."""
        return False

    def save_model(self, request: HttpRequest, obj: Rollout, form: Any, change: bool) -> None:
        """Set it through the action."""
        saved = actions.roll_out(feature=obj.feature, percentage=obj.percentage, reason=form.cleaned_data["reason"])
        obj.pk = saved.pk
