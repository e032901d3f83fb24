"""What somebody searches for."""

from django import forms


class SearchForm(forms.Form):
    """Words of a title."""

    q = forms.CharField(
        max_length=100,
        required=False,
        label="Search",
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": "Pages, goals, quests, leads"}
        ),
    )
