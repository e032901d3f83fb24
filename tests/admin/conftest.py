"""The staff's browser."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.conftest import log_in


@pytest.fixture
def staff(oscar: Any) -> Client:
    """Oscar's browser."""
    client = Client()
    log_in(client, oscar)
    return client


def page(model: Any, name: str = "changelist", *args: Any) -> str:
    """Return the address of a model's page in the admin."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)
