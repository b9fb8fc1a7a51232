"""Instants, durations, zones and the window of a command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import tzdata
from hypothesis import given
from hypothesis import strategies as st

from auditctl.errors import UsageError
from auditctl.period import Period, parse_clock, parse_duration, parse_instant, parse_period, window
from auditctl.zones import load_zone, zone_rules

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def message(error: pytest.ExceptionInfo[UsageError]) -> str:
    [line] = error.value.diagnostics()
    return line


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("24h", utc(2026, 11, 23, 12)),
        ("7d", utc(2026, 11, 17, 12)),
        ("2026-07-01", utc(2026, 6, 30, 22)),
        ("2026-07-01T09:00", utc(2026, 7, 1, 7)),
        ("2026-07-01 09:00:30.25", utc(2026, 7, 1, 7, 0, 30, 250_000)),
        ("2026-07-01T09:00+05:30", utc(2026, 7, 1, 3, 30)),
        ("2026-07-01t09:00z", utc(2026, 7, 1, 9)),
        ("2026-10-25T02:30+01:00", utc(2026, 10, 25, 1, 30)),
    ],
)
def test_each_form_means_one_instant(text: str, instant: datetime) -> None:
    assert parse_instant(text, now=NOW, zone="Europe/Berlin") == instant


@given(
    instant=st.datetimes(datetime(1975, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_an_instant_written_with_its_offset_is_read_back(instant: datetime, zone: str) -> None:
    local = instant.astimezone(load_zone(zone))
    assert parse_instant(local.isoformat(), now=NOW, zone="Asia/Tokyo") == instant


def test_a_local_time_that_happened_twice_is_refused_with_both_offsets() -> None:
    with pytest.raises(UsageError) as error:
        parse_instant("2026-11-01T01:30", now=NOW, zone="America/New_York")
    assert message(error) == (
        "2026-11-01T01:30:00 happened twice in America/New_York, where the clocks changed. "
        "Write the offset: 2026-11-01T01:30:00-04:00 or 2026-11-01T01:30:00-05:00"
    )


def test_a_local_time_that_did_not_happen_is_refused_with_both_offsets() -> None:
    with pytest.raises(UsageError) as error:
        parse_instant("2026-03-29T02:30", now=NOW, zone="Europe/Berlin")
    assert message(error) == (
        "2026-03-29T02:30:00 did not happen in Europe/Berlin, where the clocks changed. "
        "Write the offset: 2026-03-29T02:30:00+01:00 or 2026-03-29T02:30:00+02:00"
    )


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-07", "2026-07-01T9:00", "2026-07-01T24:00", "20260701", "2026-07-01T09"]
)
def test_a_wrong_instant_is_answered_with_the_forms(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_instant(text, now=NOW)
    assert "Forms: 24h, 7d" in message(error)


def test_a_window_that_nobody_asked_for_is_none() -> None:
    assert window(None, None, None, now=NOW) is None


def test_a_window_ends_now_unless_said_otherwise() -> None:
    assert window("24h", None, None, now=NOW) == Period(
        "20261123T120000Z_20261124T120000Z", utc(2026, 11, 23, 12), NOW, "UTC"
    )
    assert window("2026-07-01", "2026-10-01", None, now=NOW) == Period(
        "2026-07-01_2026-10-01", utc(2026, 7, 1), utc(2026, 10, 1), "UTC"
    )


def test_a_window_may_be_a_period() -> None:
    assert window(None, None, "Q3", now=NOW) == parse_period("Q3", now=NOW)


@pytest.mark.parametrize(
    ("since", "until", "period", "words"),
    [
        ("24h", None, "Q3", "--period excludes --since and --until"),
        (None, "24h", "Q3", "--period excludes --since and --until"),
        (None, "24h", None, "--until needs --since"),
        ("24h", "48h", None, "empty or reversed"),
        ("2027-01-01", None, None, "--since 2027-01-01 lies in the future"),
        ("0m", None, None, "empty or reversed"),
    ],
)
def test_a_window_that_contradicts_itself_is_refused(
    since: str | None, until: str | None, period: str | None, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        window(since, until, period, now=NOW)


@pytest.mark.parametrize(
    ("text", "length"),
    [("30m", timedelta(minutes=30)), ("1H", timedelta(hours=1)), ("2d", timedelta(days=2)), ("0m", timedelta())],
)
def test_a_duration_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "1", "h", "-1h", "1s", "1h30m", "1234567h"])
def test_a_wrong_duration_is_answered_with_the_forms(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a duration"):
        parse_duration(text)


def test_a_clock_needs_its_offset() -> None:
    assert parse_clock("2026-11-24T13:00+01:00") == NOW
    for text in ("2026-11-24T12:00", "2026-11-24", "24h"):
        with pytest.raises(UsageError):
            parse_clock(text)


@pytest.mark.parametrize("name", ["", "Europe", "../UTC", "/etc/localtime", "right/UTC", "localtime", "x" * 300, "A\0"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="There is no time zone"):
        load_zone(name)


def test_the_nearest_zone_is_offered() -> None:
    with pytest.raises(UsageError) as error:
        load_zone("europe/berln")
    assert message(error) == 'There is no time zone "europe/berln". Did you mean Europe/Berlin?'


def test_a_period_is_bounded_by_utc() -> None:
    with pytest.raises(ValueError, match="aware UTC"):
        Period("x", datetime(2026, 1, 1), utc(2026, 2, 1), "UTC")  # noqa: DTZ001


def test_naive_now_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="offset"):
        parse_instant("24h", now=datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("first_line", "edition"), [("# version 2026a\n", "tzdata 2026a"), ("Rule Algeria\n", None), (None, None)]
)
def test_the_edition_of_the_rules_is_that_of_the_folder_which_has_the_zone(
    first_line: str | None, edition: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Berlin").touch()
    if first_line is not None:
        (tmp_path / "tzdata.zi").write_text(first_line, encoding="utf-8")
    monkeypatch.setattr("auditctl.zones.TZPATH", ("/nowhere", str(tmp_path)))
    assert zone_rules("Europe/Berlin") == (edition or f"tzdata of {tmp_path}, which does not say its edition")


def test_where_the_system_has_no_rules_they_are_those_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditctl.zones.TZPATH", ())
    assert zone_rules("Europe/Berlin") == f"tzdata {tzdata.IANA_VERSION}"
