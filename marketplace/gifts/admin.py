"""Gifts as staff see them: offered to organizations and taken back, each with a reason."""

from typing import Any

from django import forms
from django.contrib import admin

from marketplace.gifts import endings, offers
from marketplace.models.gifts import Gift, GiftRecipient
from plans.queries import current_book
from saas.kernel.actor import current_actor
from saas.web.admin import ConfirmedActionForm, ReadOnlyAdmin, confirmed_action

TOKENS_MAX = 2**31 - 1


class OfferForm(ConfirmedActionForm):
    """What to offer. The submission is the gift's key: a double click offers once."""

    tokens = forms.IntegerField(min_value=1, max_value=TOKENS_MAX)
    note = forms.CharField(max_length=280, required=False, help_text="The organization reads it.")
    field_order = ("tokens", "note", "reason")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        limits = next(iter(current_book().plans.values())).limits
        self.fields["tokens"].help_text = (
            f"At most {limits['gift_tokens_max'] or 'any number'} a gift and"
            f" {limits['gift_tokens_a_month_max'] or 'any number'} a month for an organization, unless overridden."
            f" An owner accepts or declines within {limits['gift_days']} days; nothing is granted before."
        )


@admin.register(GiftRecipient)
class GiftRecipientAdmin(ReadOnlyAdmin):
    """The organizations; tokens are offered to them here."""

    actions = ("offer",)
    list_display = ("name", "id", "created_at")
    search_fields = ("name", "=id")
    ordering = ("-id",)

    @confirmed_action("Offer a gift…", OfferForm)
    def offer(self, recipient: GiftRecipient, values: dict[str, Any]) -> str:
        by = current_actor().user_id
        assert by is not None
        gift = offers.offer_tokens(
            tokens=values["tokens"],
            note=values["note"],
            reason=values["reason"],
            by=by,
            request_key=f"staff:{values['submission']}",
        )
        return f"{gift.tokens:,} tokens offered."


@admin.register(Gift)
class GiftAdmin(ReadOnlyAdmin):
    """Gifts with their giver, recipient and status."""

    concealed = ("secret_hash",)
    actions = ("withdraw",)
    list_display = ("organization", "kind", "status", "tokens", "from_name", "to_name", "created_at", "expires_at")
    list_filter = ("kind", "status", "created_at")
    search_fields = ("organization__name", "=organization__id", "=id", "to_name")
    ordering = ("-id",)

    @confirmed_action("Withdraw…")
    def withdraw(self, gift: Gift, values: dict[str, Any]) -> str:
        endings.withdraw_offer(gift_id=gift.id, reason=values["reason"])
        return "withdrawn."
