"""Who acts, and on what, without saying it in every call."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

_actor: ContextVar[str | None] = ContextVar("strongroom.audit.actor", default=None)
_resource: ContextVar[str | None] = ContextVar("strongroom.audit.resource", default=None)


@contextlib.contextmanager
def context(*, actor: str | None = None, resource: str | None = None) -> Iterator[None]:
    """Sets the actor and the resource of events that name none.

    Contexts nest; what is left out stays as it is outside. They belong to the running task as
    `contextvars` do: a task of `asyncio` inherits them, a new thread begins without.

        >>> with context(actor="alice"):
        ...     current()
        ('alice', None)
    """
    before = _actor.set(actor) if actor is not None else None
    try:
        around = _resource.set(resource) if resource is not None else None
        try:
            yield
        finally:
            if around is not None:
                _resource.reset(around)
    finally:
        if before is not None:
            _actor.reset(before)


def current() -> tuple[str | None, str | None]:
    """The actor and the resource that are set, if any."""
    return _actor.get(), _resource.get()


def filled(actor: str | None, resource: str | None) -> tuple[str, str]:
    """`actor` and `resource`, or those of the context.

    Raises:
        ValueError: If one is in neither.
    """
    around = current()
    actor = around[0] if actor is None else actor
    resource = around[1] if resource is None else resource
    for name, value in (("actor", actor), ("resource", resource)):
        if value is None:
            message = f"the event has no {name}: give one, or set it with `audit.context({name}=...)`"
            raise ValueError(message)
    assert actor is not None and resource is not None
    return actor, resource
