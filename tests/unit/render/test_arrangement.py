"""Which columns stand side by side."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from auditctl.catalogue.model import Column, ColumnType
from auditctl.render.arrangement import GAP, arrange

AT = Column("occurred_at", "Time (UTC)", ColumnType.DATETIME)
ACCOUNT = Column("username", "Account", ColumnType.TEXT)
COUNT = Column("failures", "Failures", ColumnType.INTEGER)
DAY = Column("local_date", "Day (report zone)", ColumnType.DATE)
SQL = Column("statement", "Statement", ColumnType.SQL)
REASON = Column("flag_reason", "Flagged because", ColumnType.TEXT)
ROW = Column("source_ref", "Row", ColumnType.TEXT)
NOON = "2026-07-01 12:00:00"


def test_the_reference_stands_first_and_sentences_stand_below() -> None:
    plan = arrange((AT, ACCOUNT, SQL, REASON, ROW), [(NOON, "alice", "SELECT 1", "five failures", "logs:138")], 80)
    assert plan.line == (4, 0, 1)
    assert plan.below == ((3,), (2,))
    assert plan.widths == (8, 19, 7)  # "Account" is wider than its values


def test_what_does_not_fit_goes_below_in_one_paragraph() -> None:
    # 8 + 2 + 19 leaves 11 of 40: no room for 2 + 20 characters of an account.
    plan = arrange((AT, ACCOUNT, COUNT, ROW), [(NOON, "alice.liddell.london", "12", "logs:138")], 40)
    assert plan.line == (3, 0)
    assert plan.below == ((1, 2),)


def test_a_word_is_not_broken_while_there_is_another_way() -> None:
    # 19 + 2 + 9 of 30 characters: the account would fit in 9, but only broken.
    plan = arrange((AT, ACCOUNT), [(NOON, "alice.liddell")], 30)
    assert plan.line == (0,)
    assert plan.below == ((1,),)


def test_a_wide_terminal_gives_no_more_than_the_values_need() -> None:
    plan = arrange((AT, ACCOUNT, ROW), [(NOON, "alice.liddells", "logs:138")], 200)
    assert plan.widths == (8, 19, 14)


def test_a_label_does_not_fold_where_there_is_room() -> None:
    assert arrange((DAY,), [("2026-07-01",)], 80).widths == (17,)


def test_a_column_of_long_texts_goes_below() -> None:
    # 48 characters, or 30 in a hundred of the room.
    assert arrange((ROW, ACCOUNT), [("logs:138", "a b " * 12)], 80).below == ()
    assert arrange((ROW, ACCOUNT), [("logs:138", "a b " * 13)], 80).below == ((1,),)
    assert arrange((ROW, ACCOUNT), [("logs:138", "a b " * 13)], 200).below == ()


def test_what_every_row_repeats_below_it_is_said_once() -> None:
    rows = [("logs:1", "five failures", "SELECT 1"), ("logs:2", "five failures", "SELECT 2")]
    assert arrange((ROW, REASON, SQL), rows, 80).common == ()
    plan = arrange((ROW, REASON, SQL), [*rows, ("logs:3", "five failures", "SELECT 3")], 80)
    assert plan.common == (1,)
    assert plan.below == ((2,),)


def test_a_value_missing_from_every_row_is_not_said_at_all() -> None:
    assert arrange((ROW, REASON), [("logs:1", ""), ("logs:2", ""), ("logs:3", "")], 80).common == ()


@given(
    columns=st.lists(st.sampled_from([AT, ACCOUNT, COUNT, DAY, SQL, REASON, ROW]), min_size=1, max_size=12),
    room=st.integers(30, 300),
    data=st.data(),
)
def test_every_column_has_one_place_and_the_line_fits(columns: list[Column], room: int, data: st.DataObject) -> None:
    record = st.tuples(*(st.text("ab 管", max_size=60) for _ in columns))
    records = data.draw(st.lists(record, max_size=4))
    plan = arrange(columns, records, room)
    places = [*plan.line, *plan.common, *(at for paragraph in plan.below for at in paragraph)]
    assert sorted(places) == list(range(len(columns)))
    if len(plan.line) > 1:
        assert sum(plan.widths) + GAP * (len(plan.widths) - 1) <= room
    assert all(len({cell_len(text[at]) for text in records}) == 1 for at in plan.common)
