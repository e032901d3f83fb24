"""A stranger checks the proof with the published verifier; reading and filtering the log."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from audit import chain
from audit.proof import public_key
from audit.tasks import checkpoint
from tests.answers import refusal, streamed
from tests.conftest import Person, hire

pytestmark = pytest.mark.own_database

DOCUMENT = Path(__file__).parents[2] / "docs" / "audit.md"


@pytest.fixture
def notes(settings: Any, tmp_path: Path) -> Path:
    """The file of checkpoints, this test's own."""
    settings.AUDIT_CHECKPOINTS = tmp_path / "checkpoints.jsonl"
    return Path(settings.AUDIT_CHECKPOINTS)


@pytest.fixture
def alice(business: Any) -> Person:
    person: Person = business("enterprise")
    for name in ("Größe “L”", "Kitchen", "Bakery"):
        person.post("/departments", {"name": name})
    return person


def proof(person: Person, *, limit: int) -> list[dict[str, Any]]:
    """Return the pages of the proof."""
    pages: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = person.get("/audit-events/proof", limit=limit, **cursor).json()
        pages.append(page)
        if page["next_cursor"] is None:
            return pages
        cursor = {"cursor": page["next_cursor"]}


def verify(folder: Path, pages: list[dict[str, Any]], key: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier of the documentation on the pages."""
    [program] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    (folder / "verify.py").write_text(program)
    for number, page in enumerate(pages):
        (folder / f"{number}.json").write_text(json.dumps(page))
    names = [f"{number}.json" for number in range(len(pages))]
    command = [sys.executable, "verify.py", key, *names]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("notes")
def test_the_published_verifier_accepts_the_proof_and_finds_every_forgery(alice: Person, tmp_path: Path) -> None:
    checkpoint()
    alice.post("/departments", {"name": "Later"})
    pages = proof(alice, limit=2)
    assert len(pages) > 2
    verified = verify(tmp_path, pages, public_key())
    assert "unbroken" in verified.stdout, verified.stderr
    edited = json.loads(json.dumps(pages).replace("department.created", "department.removed"))
    cut_off = [{**page, "data": page["data"] if page is pages[0] else []} for page in pages]
    swapped = [{**pages[0], "data": pages[0]["data"][::-1]}, *pages[1:]]
    forged = [*pages[:-1], {**pages[-1], "checkpoint": {**pages[-1]["checkpoint"], "signature": "00" * 64}}]
    for name, forgery in {"edited": edited, "cut off": cut_off, "swapped": swapped, "forged": forged}.items():
        assert verify(tmp_path, forgery, public_key()).returncode != 0, name
    assert verify(tmp_path, pages, "11" * 32).returncode != 0


def test_a_proof_before_the_first_checkpoint_has_none_and_a_later_one_the_newest(alice: Person, notes: Path) -> None:
    assert proof(alice, limit=1000)[0]["checkpoint"] is None
    checkpoint()
    with notes.open("ab") as file:
        file.write(f'{{"note": {{"organization": "{alice.organization_id}"}}, "signature": "forged"}}\n'.encode())
        file.write(f"{alice.organization_id} half a li".encode())
    note = json.loads(proof(alice, limit=1000)[0]["checkpoint"]["text"])
    assert note["organization"] == str(alice.organization_id)
    assert note["seq"] == len(proof(alice, limit=1000)[0]["data"])


def test_the_log_is_filtered_by_kind_person_and_time(alice: Person) -> None:
    admin = hire(alice, "admin")
    last = admin.post("/departments", {"name": "Admin's"}).json()["id"]
    made = alice.get("/audit-events", kind="department.created").json()["data"]
    assert len(made) == 4 and made[0]["data"] == {"department": last}, "names are read when somebody looks"
    [own] = alice.get("/audit-events", kind="department.created", actor=str(admin.user.pk)).json()["data"]
    assert own["actor"]["kind"] == "key" and own["actor"]["request_id"]
    later = alice.get("/audit-events", **{"from": own["created_at"]}).json()["data"]
    assert [event["seq"] for event in later] == [own["seq"]]
    earlier = alice.get("/audit-events", to=own["created_at"], limit=2).json()
    assert [event["seq"] for event in earlier["data"]] == [own["seq"] - 1, own["seq"] - 2]
    onward = alice.get("/audit-events", to=own["created_at"], limit=2, cursor=earlier["next_cursor"]).json()["data"]
    assert onward[0]["seq"] == own["seq"] - 3


def test_managers_read_the_log_and_the_proof_comes_with_enterprise(alice: Person, business: Any) -> None:
    bob = hire(alice)
    for path in ("/audit-events", "/audit-events/proof"):
        assert bob.get(path).status_code == 403
        assert bob.browser().get(f"/api/v1{path}").status_code == 403
    assert bob.browser().get("/settings/audit-log").status_code == 403
    pro = business()
    assert pro.get("/audit-events").status_code == 200
    assert refusal(pro.get("/audit-events/proof")) == (403, "feature_not_in_plan")
    assert pro.browser().post("/settings/audit-log/export").status_code == 403


def test_the_page_filters_and_exports(alice: Person) -> None:
    browser = alice.browser()
    shown = browser.get("/settings/audit-log", {"about": "department", "actor": str(alice.user.pk)})
    assert "Kitchen" in shown.content.decode() and "Organization created" not in shown.content.decode()
    assert "Nothing found" in browser.get("/settings/audit-log", {"until": "2001-01-01"}).content.decode()
    assert browser.get("/settings/audit-log", {"since": "0001-01-01", "about": "x"}).status_code == 422
    lines = streamed(browser.post("/settings/audit-log/export")).decode().splitlines()
    sound = chain.verify(chain.read(lines))
    assert sound.events == len(lines) > 3
    assert json.loads(json.loads(lines[-1])["event"])["kind"] == "audit.exported"
