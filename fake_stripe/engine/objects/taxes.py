"""Tax as Stripe Tax would add it: one rate for everybody, on top of prices or in them."""

from fake_stripe.engine.store import Obj

TAX_PERCENT = 20

ADDRESS: Obj = {
    "city": "Amsterdam",
    "country": "NL",
    "line1": "1 Sandbox Street",
    "line2": None,
    "postal_code": "1011 AA",
    "state": None,
}
"""What the pay page takes for the customer's address where taxes are computed."""


def taxes(amount: int, price: Obj) -> list[Obj]:
    """Return the taxes of a line of so many cents; a price that says nothing of tax is without it."""
    inclusive = price["tax_behavior"] == "inclusive"
    tax = amount - round(amount * 100 / (100 + TAX_PERCENT)) if inclusive else round(amount * TAX_PERCENT / 100)
    return [
        {
            "amount": tax,
            "tax_behavior": "inclusive" if inclusive else "exclusive",
            "tax_rate_details": {"tax_rate": "txr_sandbox"},
            "taxability_reason": "standard_rated",
            "taxable_amount": amount - tax if inclusive else amount,
            "type": "tax_rate_details",
        }
    ]


def total_taxes(lines: list[Obj]) -> list[Obj]:
    """Return the taxes of all lines, one entry for each behaviour."""
    totals: dict[str, Obj] = {}
    for tax in (tax for line in lines for tax in line["taxes"]):
        known = totals.get(tax["tax_behavior"])
        added = {name: known[name] + tax[name] for name in ("amount", "taxable_amount")} if known else {}
        totals[tax["tax_behavior"]] = tax | added
    return list(totals.values())


def on_top(taxed: list[Obj]) -> int:
    """Return the part of taxes that comes on top of the prices."""
    return sum(tax["amount"] for tax in taxed if tax["tax_behavior"] == "exclusive")


def automatic_tax(enabled: bool) -> Obj:
    """Return what an invoice or a pay page says of Stripe Tax."""
    return {
        "enabled": enabled,
        "liability": {"type": "self"} if enabled else None,
        "provider": "stripe" if enabled else None,
        "status": "complete" if enabled else None,
    }
