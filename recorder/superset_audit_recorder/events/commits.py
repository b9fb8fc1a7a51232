"""What a session has written, told only once it is committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from superset_audit_recorder.recorder import Recorder

_KEPT_IN: Final = "superset_audit_recorder.uncommitted"

Uncommitted = list[tuple[Any, Any]]
"""Pairs of the savepoint under which something was written (None: under none), and what was."""


def add(session: Session, item: Any) -> None:
    """Keep something until the session commits; a rollback, also to a savepoint, forgets it."""
    _uncommitted(session).append((session.get_nested_transaction(), item))


def listen(target: Any, recorder: Recorder, tell: Callable[[list[Any]], None]) -> None:
    """Call `tell` with all that was kept, in its order, when a session of `target` has committed."""

    @event.listens_for(target, "after_commit")
    def committed(session: Session) -> None:
        savepoint = session.get_nested_transaction()
        kept = _uncommitted(session)
        if not kept:
            return
        if savepoint is not None:  # only released: it now belongs to what is around it
            around = savepoint.parent if _nested(savepoint.parent) else None
            session.info[_KEPT_IN] = [(around if under is savepoint else under, item) for under, item in kept]
            return
        session.info[_KEPT_IN] = []
        with recorder.guarded("a change"):
            tell([item for _, item in kept])

    @event.listens_for(target, "after_soft_rollback")
    def rolled_back(session: Session, previous: Any) -> None:
        kept = _uncommitted(session)
        session.info[_KEPT_IN] = [pair for pair in kept if _nested(previous) and pair[0] is not previous]

    @event.listens_for(target, "after_transaction_end")
    def ended(session: Session, transaction: Any) -> None:
        if transaction.parent is None:  # also one that was closed without a word
            session.info.pop(_KEPT_IN, None)


def _nested(transaction: Any) -> bool:
    return transaction is not None and transaction.nested


def _uncommitted(session: Session) -> Uncommitted:
    found: Uncommitted = session.info.setdefault(_KEPT_IN, [])
    return found
