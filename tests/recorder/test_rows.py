"""Rows of a file that is made while it is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from superset_audit_recorder.events.rows import Rows

FILE = 'name,note\r\n"Doe, J","two\r\nlines and a ""quote"""\r\nRoe,\r\n'


class Told(list[tuple[int, bool]]):
    def __call__(self, rows: int, whole: bool) -> None:
        self.append((rows, whole))


@pytest.mark.parametrize("length", [1, 2, 7, 1000])
@pytest.mark.parametrize("as_bytes", [False, True])
def test_rows_are_counted_wherever_the_file_is_cut(length: int, as_bytes: bool) -> None:
    told = Told()
    cut = [FILE[at : at + length] for at in range(0, len(FILE), length)]
    parts: list[str | bytes] = [part.encode() for part in cut] if as_bytes else [*cut]
    given = Rows(iter(parts), told)
    assert list(given) == parts
    given.close()
    assert told == [(2, True)]


def test_a_file_of_which_nothing_was_sent_has_no_row() -> None:
    told = Told()
    Rows(iter(()), told).close()
    assert told == [(0, False)]


def test_a_client_that_goes_away_ends_the_file_and_what_makes_it() -> None:
    told, closed = Told(), []

    def made() -> Iterator[str]:
        try:
            yield "a\n"
            yield "1\n2\n"
            yield "3\n"
        finally:
            closed.append(True)

    given = Rows(made(), told)
    assert (next(given), next(given)) == ("a\n", "1\n2\n")
    given.close()
    assert (told, closed) == ([(2, False)], [True])


def test_the_mark_of_an_error_is_no_row_and_the_file_is_not_whole() -> None:
    told = Told()
    assert len(list(Rows(iter(["a\n", "1\n", "__STREAM_ERROR__:Export failed.\n"]), told))) == 3
    assert told == [(1, False)]


def test_an_error_in_what_makes_it_is_raised_and_told_once() -> None:
    def made() -> Iterator[str]:
        yield "a\n1\n"
        raise RuntimeError("gone")

    told = Told()
    given = Rows(made(), told)
    next(given)
    with pytest.raises(RuntimeError, match="gone"):
        next(given)
    given.close()
    assert told == [(1, False)]
