"""Forms about plans."""

from django import forms


class ChangeForm(forms.Form):
    """The plan that was confirmed, as it was previewed at an instant."""

    plan = forms.SlugField(max_length=40)
    at = forms.DateTimeField()
