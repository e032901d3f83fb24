"""Forms about plans."""

from django import forms

from marketplace.models.cancelling import CancelReason


class ChangeForm(forms.Form):
    """The plan that was confirmed, as it was previewed at an instant."""

    plan = forms.SlugField(max_length=40)
    at = forms.DateTimeField()
    reason = forms.ChoiceField(
        label="Why do you cancel?",
        choices=[("", "Choose a reason, if you like"), *CancelReason.choices],
        required=False,
    )
