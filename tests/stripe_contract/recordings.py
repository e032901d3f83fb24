"""What `manage.py check_stripe --record` saved: does it keep the library's contract, and is the fake Stripe like it?"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from marketplace.stripe.gateway.recording import SCRUBBED, Call, load
from tests.stripe_contract.checker import checker

FOLDER = Path(__file__).parent / "recordings"
"""Where recordings of real Stripe go; each folder in it is one run."""

Shapes = dict[str, dict[str, set[str]]]
"""Of each kind of object each field, with dots between, and the JSON types that it was seen with."""

FREE = ("metadata", "payment_method_details", "payment_method_options")
"""Fields whose names are up to the customer, or to which kind of payment method it happened to be."""


def runs() -> list[Path]:
    """Return the folders of the runs that were recorded."""
    return sorted(path for path in FOLDER.glob("*") if path.is_dir())


def calls_of(run: Path) -> list[Call]:
    """Return the calls of a run."""
    return [call for path in sorted(run.glob("*.json")) for call in load(path)]


def objects_of(calls: Iterable[Call]) -> Iterator[dict[str, Any]]:
    """Return each object of an answer, those within others too."""
    for call in calls:
        if call.status < 400:
            yield from _objects(call.answer)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("object"), str):
            yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)


def breaches(calls: Iterable[Call]) -> list[str]:
    """Return where objects of answers do not keep the library's contract; new names are none."""
    contract = checker()
    known = contract.spec.schemas
    found = [
        error
        for obj in objects_of(calls)
        if obj["object"] in known and not obj.get("deleted")
        for error in contract.errors(obj, {"$ref": obj["object"]}, obj["object"], is_strict=False)
        if SCRUBBED not in error
    ]
    return sorted(set(found))


def shapes(calls: Iterable[Call]) -> Shapes:
    """Return the shapes of all objects."""
    found: Shapes = {}
    for obj in objects_of(calls):
        if not obj.get("deleted"):
            _add(found.setdefault(obj["object"], {}), obj, "")
    return found


def _add(fields: dict[str, set[str]], obj: dict[str, Any], path: str) -> None:
    for name, value in obj.items():
        place = f"{path}{name}"
        fields.setdefault(place, set()).add(type(value).__name__)
        inner = value if isinstance(value, dict) and "object" not in value and name not in FREE else {}
        _add(fields, inner, f"{place}.")


def differences(real: Shapes, fake: Shapes) -> list[str]:
    """Return what the fake has that real Stripe has not: fields, and types of them. Null tells nothing."""
    found = []
    for kind in sorted(real.keys() & fake.keys()):
        for place, types in fake[kind].items():
            there = real[kind].get(place)
            if there is None:
                outer = place.rpartition(".")[0]
                if not outer or "dict" in real[kind].get(outer, ()):
                    found.append(f"{kind}.{place}: only the fake has it")
            elif (types - {"NoneType"}) and (there - {"NoneType"}) and not types & there:
                found.append(f"{kind}.{place}: {'/'.join(sorted(there))} at Stripe, {'/'.join(sorted(types))} here")
    return found
