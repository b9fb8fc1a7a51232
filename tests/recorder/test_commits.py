from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker
from superset_audit_recorder.events import commits


class _Recorder:
    @contextmanager
    def guarded(self, _: str) -> Iterator[None]:
        yield


@pytest.fixture
def told() -> list[list[str]]:
    return []


@pytest.fixture
def session(told: list[list[str]]) -> Iterator[Session]:
    engine = create_engine("sqlite://")
    maker: Any = sessionmaker(engine, class_=type("Own", (Session,), {}))
    recorder: Any = _Recorder()
    commits.listen(maker, recorder, told.append)
    with maker() as session:
        session.execute(text("SELECT 1"))
        yield session
    engine.dispose()


def test_what_is_kept_is_told_when_it_is_committed_and_once(session: Session, told: list[list[str]]) -> None:
    commits.add(session, "a")
    commits.add(session, "b")
    assert told == []
    session.commit()
    session.commit()
    assert told == [["a", "b"]]


def test_what_is_rolled_back_is_never_told(session: Session, told: list[list[str]]) -> None:
    commits.add(session, "a")
    session.rollback()
    commits.add(session, "b")
    session.commit()
    assert told == [["b"]]


def test_what_a_session_was_closed_over_is_never_told(session: Session, told: list[list[str]]) -> None:
    commits.add(session, "a")
    session.close()
    session.execute(text("SELECT 1"))
    commits.add(session, "b")
    session.commit()
    assert told == [["b"]]


def test_a_savepoint_that_is_rolled_back_takes_only_its_own_with_it(session: Session, told: list[list[str]]) -> None:
    commits.add(session, "before")
    savepoint = session.begin_nested()
    commits.add(session, "in it")
    savepoint.rollback()
    commits.add(session, "after")
    session.commit()
    assert told == [["before", "after"]]


def test_a_savepoint_that_is_released_is_told_with_what_is_around_it(session: Session, told: list[list[str]]) -> None:
    with session.begin_nested():
        commits.add(session, "in it")
    assert told == []
    session.commit()
    assert told == [["in it"]]


def test_a_released_savepoint_goes_with_the_one_around_it(session: Session, told: list[list[str]]) -> None:
    commits.add(session, "before")
    outer = session.begin_nested()
    with session.begin_nested():
        commits.add(session, "inner")
    outer.rollback()
    session.commit()
    assert told == [["before"]]
