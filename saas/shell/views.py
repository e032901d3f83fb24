"""Search: a page of its own, and the palette that opens over any page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from saas.shell.forms import SearchForm
from saas.shell.queries import search as hits_of
from saas.web.pages import caller_of, for_members, status_of

FRAGMENTS = {"hits": "shell/hits.html", "palette": "shell/palette.html"}
"""What the palette asks for with `part`: what was found, or itself."""


@for_members
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Show what was found by the words `q`; `part` asks for a piece of the page."""
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    hits = hits_of(words, caller=caller_of(request)) if form.is_valid() else []
    template = FRAGMENTS.get(request.GET.get("part", ""), "shell/search.html")
    return render(request, template, {"form": form, "words": words, "hits": hits}, status=status_of(form))
