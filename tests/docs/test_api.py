"""The document of the API lists every resource with its scopes."""

import re
from typing import Any

import pytest

from saas.urls import api
from tests.docs.folder import DOCS

pytestmark = pytest.mark.fast


def test_the_document_lists_every_resource_with_its_scopes() -> None:
    rows = re.findall(r"^\| `(/.*)` \| (.*) \|$", (DOCS / "api.md").read_text(), re.MULTILINE)
    assert rows == [_row(pattern) for pattern in api]


def _row(pattern: Any) -> tuple[str, str]:
    path = re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{pattern.pattern}")
    scopes = pattern.callback.cls.scopes
    return path, ", ".join(f"{method} `{scope}`" for method, scope in scopes.items())
