"""Which columns stand side by side."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditctl.catalogue.model import Column, ColumnType
from auditctl.render.arrangement import GAP, arrange

AT = Column("occurred_at", "Time (UTC)", ColumnType.DATETIME)
ACCOUNT = Column("username", "Account", ColumnType.TEXT)
COUNT = Column("failures", "Failures", ColumnType.INTEGER)
SQL = Column("statement", "Statement", ColumnType.SQL)
REASON = Column("flag_reason", "Flagged because", ColumnType.TEXT)
ROW = Column("source_ref", "Row", ColumnType.TEXT)


def test_the_reference_stands_first_and_sentences_stand_below() -> None:
    plan = arrange((AT, ACCOUNT, SQL, REASON, ROW), (19, 5, 200, 30, 8), 80)
    assert plan.line == (4, 0, 1)
    assert plan.below == ((3,), (2,))
    assert plan.widths == (8, 19, 7)  # "Account" is wider than its values


def test_what_does_not_fit_goes_below_in_one_paragraph() -> None:
    # 8 + 2 + 19 leaves 11 of 40: no room for 2 + 12 characters of an account.
    plan = arrange((AT, ACCOUNT, COUNT, ROW), (19, 20, 3, 8), 40)
    assert plan.line == (3, 0)
    assert plan.below == ((1, 2),)


def test_a_wide_terminal_gives_no_more_than_the_values_need() -> None:
    plan = arrange((AT, ACCOUNT, ROW), (19, 14, 8), 200)
    assert plan.widths == (8, 19, 14)


def test_a_column_of_long_texts_goes_below() -> None:
    assert arrange((ROW, ACCOUNT), (8, 81), 200).below == ((1,),)
    assert arrange((ROW, ACCOUNT), (8, 80), 200).below == ()


@given(
    columns=st.lists(st.sampled_from([AT, ACCOUNT, COUNT, SQL, REASON, ROW]), min_size=1, max_size=12),
    room=st.integers(30, 300),
    data=st.data(),
)
def test_every_column_has_one_place_and_the_line_fits(columns: list[Column], room: int, data: st.DataObject) -> None:
    longest = data.draw(st.lists(st.integers(0, 400), min_size=len(columns), max_size=len(columns)))
    plan = arrange(columns, longest, room)
    places = [*plan.line, *(at for paragraph in plan.below for at in paragraph)]
    assert sorted(places) == list(range(len(columns)))
    if len(plan.line) > 1:
        assert sum(plan.widths) + GAP * (len(plan.widths) - 1) <= room
