"""Finds the contract checker, which is no part of the project; tests that need it are skipped without it."""

import importlib.util
import os
import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve()
REPOSITORY = HERE.parents[3]


def folder() -> Path | None:
    """Return the checker's folder: STRIPE_CONTRACT, else beside the repository."""
    given = os.environ.get("STRIPE_CONTRACT")
    for place in (Path(given),) if given else (REPOSITORY.parent / "shared" / "stripe",):
        if (place / "contract.py").exists():
            return place
    return None


@cache
def checker(cache_folder: str) -> Any:
    """Return the checker of the installed SDK's contract and its rules."""
    place = folder()
    assert place is not None
    spec = Path(cache_folder) / "stripe-openapi.json"
    subprocess.run([sys.executable, place / "build_spec_from_sdk.py", spec], check=True, capture_output=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        contract = _load(place / "contract.py").Contract(str(spec))
    return contract, _load(place / "rules.py")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"stripe_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
