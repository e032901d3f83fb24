"""What an event is, and the registry of all kinds: each room declares its own in its `events.py`.

    @dataclass(frozen=True, kw_only=True)
    class GoalArchived(AuditEvent, kind="goal.archived"):
        goal: UUID

`audit.actions.record` takes one. What SQL functions record is declared alike, and made by nobody here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, ClassVar, Self


class SeenBy(Enum):
    """The people who may see an event beside staff: owners and admins in the audit log, or the person it is about."""

    ORGANIZATION = "organization"
    PERSON = "person"
    STAFF = "staff"


@dataclass(frozen=True)
class Webhook:
    """When an event happens that integrators get, and what of its payload they get: each field with its meaning."""

    when: str
    fields: Mapping[str, str]


KINDS: dict[str, type["AuditEvent"]] = {}
"""Every kind of event, `noun.verb`; complete once Django is set up."""


@dataclass(frozen=True, kw_only=True)
class AuditEvent:
    """An event of a kind, with its payload as fields; a name that Python reserves has a `_` behind it.

    A field with a default, which is None, is stored only where it has another value; all others always are. A kind
    keeps its name and its fields for good: what was recorded can never be changed.
    """

    kind: ClassVar[str] = ""
    seen_by: ClassVar[frozenset[SeenBy]] = frozenset()
    webhook: ClassVar[Webhook | None] = None

    def __init_subclass__(
        cls, *, kind: str = "", seen_by: Iterable[SeenBy] = (SeenBy.ORGANIZATION,), webhook: Webhook | None = None
    ) -> None:
        """Register the kind; without one, the class is a payload that several kinds share."""
        if not kind:
            return
        if kind in KINDS:
            raise TypeError(f"{kind} is declared twice")
        cls.kind, cls.seen_by, cls.webhook = kind, frozenset(seen_by), webhook
        KINDS[kind] = cls

    def __post_init__(self) -> None:
        """Refuse a payload that several kinds share: it is no event."""
        if not self.kind:
            raise TypeError(f"{type(self).__name__} is of no kind")

    @classmethod
    def names(cls, *, required: bool = False) -> frozenset[str]:
        """Return the names of the payload's fields as they are stored: all, or those that are always there."""
        mine = [each for each in fields(cls) if not (required and each.default is None)]
        return frozenset(each.name.rstrip("_") for each in mine)

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """Return an event with a payload whose names are as stored. TypeError where they are not the kind's."""
        reserved = {each.name.rstrip("_"): each.name for each in fields(cls)}
        return cls(**{reserved.get(name, name): value for name, value in payload.items()})

    def payload(self) -> dict[str, Any]:
        """Return what is stored."""
        values = {each: getattr(self, each.name) for each in fields(self)}
        return {
            each.name.rstrip("_"): value
            for each, value in values.items()
            if value is not None or each.default is not None
        }


@dataclass(frozen=True, kw_only=True)
class AuditExported(AuditEvent, kind="audit.exported"):
    """Somebody downloaded the organization's audit log."""


@dataclass(frozen=True, kw_only=True)
class AuditOpeningSigned(AuditEvent, kind="audit.opening_signed"):
    """An opening was signed anew, with another key than before; appended by audit_sign_opening."""

    number: int
    key: str
    key_before: str


@dataclass(frozen=True, kw_only=True)
class AuditDetached(AuditEvent, kind="audit.detached"):
    """Events and ledger lines up to these numbers were moved into a file; appended by tokens_detach."""

    number: int
    event_seq: int
    entry_seq: int
    file: str
    sha256: str
