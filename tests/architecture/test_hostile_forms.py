"""Every form that a page shows, filled with what nobody should send: refused by name or taken as plain text.

The forms are read out of the pages themselves, the admin's included, so a new form is tried without a line here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin
from uuid import uuid4

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from audit.models import Event
from tests.architecture.addresses import ENDS_THE_ACTOR, addresses, things_of
from tests.conftest import PASSWORD, Person, log_in, open_business
from tests.pages import PLAIN, path_of

CANARY = "<script>mallory()</script>"
LONG = "x" * 100_000
HOSTILE = {
    "nothing": "",
    "NUL": "a\x00b",
    "a script": CANARY,
    "100 kB": LONG,
    "bidirectional and invisible characters": "\u202e\u200b\ufeff\u2066",
    "a line break": "a\r\nBcc: everybody",
    "a large number": "9" * 400,
    "a negative number": "-1",
    "a float that is none": "1e400",
    "fullwidth digits": "\uff11\uff12",
    "a path": "../../etc/passwd",
    "SQL": "' OR 1=1 --",
    "a template": "{{ 7*7 }}{% now %}",
    "a day that is none": "0000-00-00",
}
NOT_UTF8 = b"%ED%A0%80%FF"
REFUSED = (400, 403, 404, 405, 409, 413, 415, 422, 423, 429)
KEPT = {"csrfmiddlewaretoken", "_selected_action", "action", "submission"}
"""What makes a form the form that it is."""
LEAVES = {*(f"/{route}" for route in ENDS_THE_ACTOR), "/accounts/password/change/"}


@dataclass
class Form:
    """A form of a page: where it goes, and its fields with the values they have."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Reads the forms out of a page."""

    def __init__(self, page: str, path: str) -> None:
        super().__init__()
        self.path, self.inside = path, False
        self.found: list[Any] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = True
            method = "post" if "hx-post" in values else values.get("method", "get").lower()
            where = values.get("hx-post") or values.get("action", "")
            self.found.append(Form(urljoin(self.path, where) if where else self.path, method))
        elif self.inside and values.get("name") and is_typed(tag, values.get("type", "")):
            self.found[-1].fields[values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def is_typed(tag: str, kind: str) -> bool:
    """Return True for a field whose value a person chooses or types."""
    return tag in ("input", "select", "textarea") and kind not in ("submit", "button", "file")


def forms_on(client: Client, path: str) -> list[Form]:
    """Return the forms of a page that are posted."""
    answer = client.get(path)
    assert answer.status_code < 500, path
    if answer.status_code != 200 or answer.streaming or "html" not in answer["Content-Type"]:
        return []
    posted = [form for form in Forms(answer.content.decode(), path).found if form.method == "post"]
    return [form for form in posted if form.action.startswith("/") and form.action.split("?")[0] not in LEAVES]


def filled(form: Form) -> Iterator[tuple[str, Any, str]]:
    """Return the form once for each hostile value: what it is, what to send, and of what type."""
    for what, value in HOSTILE.items():
        yield what, {name: old if name in KEPT else value for name, old in form.fields.items()}, ""
    names = [name for name in form.fields if name not in KEPT]
    raw = "&".join([*(f"{name}={form.fields[name]}" for name in form.fields if name in KEPT), ""]).encode()
    yield (
        "no UTF-8",
        raw + b"&".join(name.encode() + b"=" + NOT_UTF8 for name in names),
        "application/x-www-form-urlencoded",
    )
    yield (
        "a thousand fields",
        {**{name: form.fields[name] for name in KEPT & form.fields.keys()}, **{f"f{n}": "" for n in range(1000)}},
        "",
    )


def try_out(client: Client, forms: list[Form], unchanged: Any) -> list[str]:
    """Send every form with every value; return what went wrong."""
    wrong, number = [], 0
    for form in forms:
        for what, body, content_type in filled(form):
            number += 1
            before = unchanged()
            kind: dict[str, Any] = {"content_type": content_type} if content_type else {}
            answer = client.post(form.action, body, REMOTE_ADDR=f"10.9.{number >> 8 & 255}.{number & 255}", **kind)
            content = "" if answer.streaming else answer.content.decode(errors="replace")
            if answer.status_code >= 500 or (CANARY in content and "json" not in answer["Content-Type"]):
                wrong.append(f"{form.action} with {what} answered {answer.status_code}")
            if answer.status_code in REFUSED and unchanged() != before:
                wrong.append(f"{form.action} with {what} was refused ({answer.status_code}) and changed something")
    return wrong


@pytest.fixture
def mallory() -> Person:
    """An owner of everything there is; what one test's forms do to her is no matter of another's."""
    return open_business("enterprise", "Mallory")


def browser(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    log_in(client, user)
    return client


def distinct(forms: list[Form]) -> list[Form]:
    """Return each form once: many pages have the same ones in their frame."""
    return list({(form.action, *sorted(form.fields)): form for form in forms}.values())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_form_of_a_page_breaks_or_changes_what_it_refuses(mallory: Person) -> None:
    client, things = browser(mallory.user), things_of(mallory, "Mallory's own plan")
    paths = [*(path_of(name) for name in PLAIN), *(address.path(things) for address in addresses())]
    forms = distinct([form for path in paths if not path.startswith("/api/") for form in forms_on(client, path)])
    assert len(forms) >= 25

    def writes() -> int:
        """Return how many writes the audit log has; that something was refused is no write."""
        with mallory.acting():
            return Event.objects.exclude(kind__regex=r"^(operation|block|flag)\.").count()

    wrong = try_out(client, forms, writes)
    assert not wrong, "\n".join(wrong)
    assert client.get("/goals").status_code == 200, "mallory was thrown out, and the rest was tried by a stranger"


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_no_form_of_the_admin_breaks(mallory: Person) -> None:
    """Forms to add and change, and every action with what it asks first; as a superuser, on what mallory has."""
    from saas.backoffice.organizations import ensure_user
    from saas.kernel import tenancy

    things_of(mallory, "Mallory's own plan")
    root = ensure_user(email=f"{uuid4().hex}@example.com", password=PASSWORD, is_staff=True)
    type(root).objects.filter(pk=root.pk).update(is_superuser=True)
    client, forms = browser(root), []
    for model, model_admin in admin.site._registry.items():
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        with tenancy.system():
            pk = model._default_manager.values_list("pk", flat=True).first()
        listed = reverse(f"{page}_changelist")
        forms += forms_on(client, listed) + forms_on(client, reverse(f"{page}_add"))
        if pk is not None:
            forms += forms_on(client, reverse(f"{page}_change", args=(pk,)))
        forms += [
            Form(
                listed, "post", {"action": name, "_selected_action": str(pk), "submission": str(uuid4()), "reason": ""}
            )
            for name in _actions(model_admin)
        ]
    assert len(forms) >= 40
    wrong = try_out(client, distinct(forms), lambda: None)
    assert not wrong, "\n".join(wrong)


def _actions(model_admin: Any) -> list[str]:
    named = [each if isinstance(each, str) else each.__name__ for each in model_admin.actions or ()]
    return [name for name in named if not re.search("delete_selected", name)]
