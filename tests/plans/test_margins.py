"""The numbers the business lives on come out of the price book, to the cent."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.fast


EXPECTED = {
    "Pro": ("149.00", "2.00", "98.66"),
    "Enterprise": ("399.00", "20.00", "94.99"),
    "500 tokens pack": ("29.00", "5.00", "82.76"),
    "2,000 tokens pack": ("79.00", "20.00", "74.68"),
    "50 pro + 50 enterprise + 10 pack_500 + 10 pack_2000": ("28480.00", "1350.00", "95.26"),
}


def test_margins_of_plans_packs_and_the_hundred_customers() -> None:
    out = StringIO()
    call_command("margins", pro=50, enterprise=50, packs={"pack_500": 10, "pack_2000": 10}, json=True, stdout=out)
    margins = {
        line["name"]: (line["revenue"], line["cost"], line["margin_percent"]) for line in json.loads(out.getvalue())
    }
    assert {name: margins[name] for name in EXPECTED} == EXPECTED


def test_packs_are_named_as_below_the_line() -> None:
    from plans.margins import below_target
    from plans.queries import current_book

    assert {line.name for line in below_target(current_book())} >= {"500 tokens pack", "2,000 tokens pack"}
    assert Decimal("0.90") not in [line.margin for line in below_target(current_book())]


def test_overage_is_told_and_warned_of_below_the_line() -> None:
    from dataclasses import replace

    from plans.margins import below_target, overage_lines
    from plans.queries import current_book

    book = current_book()
    [line] = overage_lines(book)
    assert (line.name, line.revenue, line.cost, line.percent) == (
        "Enterprise overage, 1,000 tokens",
        Decimal("120.0000"),
        Decimal("10.00"),
        "91.67 %",
    )
    cheap = replace(book.plans["enterprise"], overage_token_price=Decimal("0.1"))
    assert line.name in {each.name for each in below_target(replace(book, plans={"enterprise": cheap}))}
