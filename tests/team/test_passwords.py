"""Passwords that somebody who knows Milepost would try first are refused, any others are not."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from saas.accounts.passwords import WORDS

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("password", ["milepost-demo", "Milepost2026!", "QuestGoalToken", "admin1234", "ledgerledger"])
def test_our_own_words_make_no_password(password: str) -> None:
    with pytest.raises(ValidationError, match="milepost"):
        validate_password(password)


@pytest.mark.parametrize("password", ["correct horse battery staple", "milepost83619475", "zq8-Tv!m2", "x" * 64])
def test_others_do_whatever_they_are_made_of(password: str) -> None:
    validate_password(password)


def test_the_words_are_written_down() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "security.md").read_text()
    assert set(WORDS) <= set(re.findall(r"\w+", text))
