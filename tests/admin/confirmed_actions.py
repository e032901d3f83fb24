"""Doing what staff do, as their browser does it."""

from typing import Any

from django.apps import apps
from django.contrib.messages import get_messages
from django.test import Client

from tests.admin.conftest import page


def do(staff: Client, label: str, action: str, row: Any, **values: Any) -> list[str]:
    """Run an action as the browser does, twice as a double click sends it; return the messages that staff see."""
    address, chosen = page(apps.get_model(label)), {"action": action, "_selected_action": [str(row)]}
    asked = staff.post(address, chosen)
    assert asked.status_code == 200, "it asks first"
    kept = {name: value for name, value in asked.context["kept"] if name != "_selected_action"}
    submission = str(asked.context["form"]["submission"].value())
    body = {**chosen, **kept, "submission": submission, **values, "confirmed": "yes"}
    notices = [[str(message) for message in get_messages(staff.post(address, body).wsgi_request)] for _ in range(2)]
    return [*notices[0], *notices[1]]
