"""The days of a report, as a person chooses them."""

from django import forms

from saas.web.api.fields import EARLIEST, LATEST

Day = forms.DateInput(attrs={"type": "date", "min": EARLIEST.isoformat(), "max": LATEST.isoformat()})


class SpanForm(forms.Form):
    """From which day to which."""

    first = forms.DateField(label="From", widget=Day, required=False)
    last = forms.DateField(label="To", widget=Day, required=False)
