from __future__ import annotations

from pathlib import Path

from .seed import Row, at, cells, refs, seed


def rows_at(*rows: tuple[int, str]) -> list[Row]:
    return [{"id": number, "occurred_at": at(time)} for number, time in rows]


def test_a_range_stands_between_its_neighbours_with_the_totals(tmp_path: Path) -> None:
    rows = rows_at((14, "08-12 09:02"), (10, "08-12 09:00"), (11, "08-12 09:01"))
    (row,) = seed(tmp_path, log_rows=rows).run("id_discontinuities")
    assert row == cells(
        from_id=12,
        to_id=13,
        ids=2,
        before_at=at("08-12 09:01"),
        after_at=at("08-12 09:02"),
        all_ranges=1,
        all_ids=2,
        flagged=False,
    )


def test_consecutive_ids_are_no_range_whatever_the_order_of_their_times(tmp_path: Path) -> None:
    rows = rows_at((1, "08-12 09:00:00.2"), (2, "08-12 09:00:00.1"), (3, "08-12 09:00:00.3"))
    assert seed(tmp_path, log_rows=rows).run("id_discontinuities") == []


def test_the_largest_come_first_and_what_is_not_shown_is_counted(tmp_path: Path) -> None:
    rows = rows_at((1, "08-12 09:00"), (3, "08-12 09:01"), (7, "08-12 09:02"), (9, "08-12 09:03"))
    seeded = seed(tmp_path, log_rows=rows)
    assert refs(seeded.run("id_discontinuities"), "from_id") == (4, 2, 8)
    shown = seeded.run("id_discontinuities", largest=2)
    assert [(row["from_id"], row["all_ranges"], row["all_ids"]) for row in shown] == [(4, 3, 5), (2, 3, 5)]


def test_a_range_belongs_to_the_window_of_the_row_after_it(tmp_path: Path) -> None:
    times = ["06-30 23:50", "06-30 23:59:59", "07-01", "09-30 23:58:59", "09-30 23:59"]
    rows = rows_at(*((10 * number, time) for number, time in enumerate(times, start=1)))
    shown = seed(tmp_path, log_rows=rows).run("id_discontinuities")
    assert refs(shown, "from_id") == (21, 31)
