"""The actor of the present request or job: set once by the middleware, read when events are recorded."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """A person (`user`, `staff`), an API key (`key`, with its person) or a job (`system`)."""

    kind: str = "system"
    user_id: UUID | None = None
    name: str = ""
    request_id: str = ""


JOB = Actor()
"""Who acts when nobody said so."""

_actor: ContextVar[Actor] = ContextVar("actor", default=JOB)


def current_actor() -> Actor:
    """Return the present actor; a job (`system`) if none was set."""
    return _actor.get()


def current_actor_json() -> str:
    """Return the present actor as the JSON text that SQL functions take."""
    return json.dumps({key: str(value) for key, value in vars(current_actor()).items() if value})


def set_actor(actor: Actor) -> None:
    """Set the actor for the rest of the request."""
    _actor.set(actor)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Set the actor inside the block."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)
