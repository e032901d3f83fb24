"""What rooms declare for every page and the API: links lead somewhere, and a wrong name is an error."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import NoReverseMatch, get_resolver, reverse

from saas.kernel.errors import NUMBER, DomainError, ErrorCode
from saas.web import rooms

pytestmark = pytest.mark.fast

TEMPLATES = Path(settings.BASE_DIR) / "templates"
NAMED = re.compile(r"""\{%\s*url ['"]([a-z_:]+)['"]""")
TOP_BAR = "{% load components %}{% navigation as links %}{% for link in links %}{{ link.href }} {% endfor %}"
WAYS = "{% load components %}{% next_steps code as steps %}{% for step in steps %}{{ step.href }} {% endfor %}"
READ: dict[str, Callable[[], object]] = {
    "state_looks": rooms.looks_of_states,
    "next_steps": rooms.next_steps,
    "error_codes": rooms.error_codes,
    "error_details": rooms.error_codes,
}


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    """Have the declarations read anew, by the test and after it."""
    declarations = (rooms.navigation, rooms.next_steps, rooms.looks_of_states, rooms.error_codes)
    for each in declarations:
        each.cache_clear()
    yield
    for each in declarations:
        each.cache_clear()


def shown(template: str, **context: object) -> str:
    return Template(template).render(Context({"request": RequestFactory().get("/"), **context}))


def derived(error: type[DomainError]) -> list[type[DomainError]]:
    """Return an error and all that derive from it."""
    return [error, *(each for below in error.__subclasses__() for each in derived(below))]


def test_the_top_bar_has_the_pages_of_its_rooms_in_order() -> None:
    assert shown(TOP_BAR).split() == [
        *("/", "/goals", "/quests", "/lead-lists", "/forecasts"),
        *("/usage", "/ledger", "/reports", "/team"),
    ]


def test_a_refusal_leads_to_what_helps() -> None:
    assert shown(WAYS, code="insufficient_tokens").split() == ["/packs", "/plans"]
    assert shown(WAYS, code="license_ai_off").split() == ["/billing"]
    assert shown(WAYS, code="not_found").split() == []


def test_next_steps_are_declared_for_codes_that_exist_and_lead_to_pages_that_do() -> None:
    assert len(rooms.next_steps()) >= 8
    assert rooms.next_steps().keys() <= {each.code for each in derived(DomainError)}
    for links in rooms.next_steps().values():
        assert all(reverse(name) for name, _ in links)


@pytest.mark.parametrize(("template", "attribute"), [(TOP_BAR, "navigation"), (WAYS, "next_steps")])
def test_a_typo_in_the_name_of_a_page_raises(template: str, attribute: str, monkeypatch: pytest.MonkeyPatch) -> None:
    link = (("no_such_page", "Nowhere"),)
    wrong = link if attribute == "navigation" else {"some_code": link}
    monkeypatch.setattr(apps.get_app_config("quests"), attribute, wrong, raising=False)
    with pytest.raises(NoReverseMatch):
        shown(template, code="some_code")


def test_every_name_of_a_page_in_a_template_exists() -> None:
    """`{% url 'name' as href %}` is silent about a wrong name, so it is looked for here."""
    names = {name for page in TEMPLATES.rglob("*.html") for name in NAMED.findall(page.read_text())}
    resolver = get_resolver()
    known = {name for name in resolver.reverse_dict if isinstance(name, str)}
    known |= {f"admin:{name}" for name in resolver.namespace_dict["admin"][1].reverse_dict if isinstance(name, str)}
    assert len(names) > 80
    assert {name for name in names - known if not name.startswith("sandbox")} == set()


def test_a_state_looks_as_its_rooms_say() -> None:
    looks = rooms.looks_of_states()
    assert set(looks.values()) == {"success", "accent", "warning", "danger"}
    assert looks["settled"] == "success" and looks["offered"] == "accent" and looks["suspended"] == "danger"
    assert 'class="badge warning"' in shown("{% load components %}{% status 'frozen' %}")
    assert 'class="badge neutral"' in shown("{% load components %}{% status 'withdrawn' %}")


def test_a_code_is_declared_where_one_of_its_errors_stands_and_with_its_status() -> None:
    assert get_resolver().url_patterns, "every room that answers requests is loaded"
    known = {(each.__module__, each.code, each.status) for each in derived(DomainError)}
    for config in apps.get_app_configs():
        own = {(code, status) for module, code, status in known if f"{module}.".startswith(f"{config.name}.")}
        assert {(each.code, each.status) for each in getattr(config, "error_codes", ())} <= own


def test_a_room_adds_its_details_to_the_code_of_another() -> None:
    [conflict] = [each for each in rooms.error_codes() if each.code == "conflict"]
    assert conflict.sometimes.keys() == {"gift_status", "forecast", "forecast_created_at"}


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("state_looks", {"danger": "settled"}),
        ("next_steps", {"insufficient_tokens": (("team", "Ask"),)}),
        ("error_codes", (ErrorCode(402, "insufficient_tokens"),)),
        ("error_details", {"conflict": {"gift_status": NUMBER}}),
    ],
)
def test_rooms_that_disagree_are_an_error(attribute: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps.get_app_config("quests"), attribute, value, raising=False)
    with pytest.raises(ImproperlyConfigured, match="disagree"):
        READ[attribute]()
