"""How far the log reaches back, held against what frameworks ask; never a verdict on compliance."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

from auditctl.doctor.model import Months, Reading, Retention

NO_MONTHS: Final = Months((), (), ())


def read_retention(
    since: datetime | None, present: datetime, in_service_since: date | None, months: Months = NO_MONTHS
) -> Retention:
    """Read how far the log reaches back.

    Args:
        since: The time of its first row, aware UTC; None where there is none.
        present: The present, aware UTC.
        in_service_since: The day on which Superset went into service, where it was declared.
        months: Which months have rows.
    """
    if since is None:
        return Retention(None, "The log holds no row with a time.", NO_MONTHS, ())
    readings = (_pci_dss(since, present, in_service_since, months), *_others(since))
    return Retention(since, _before(since, in_service_since), months, readings)


def _before(since: datetime, in_service_since: date | None) -> str:
    first = f"{since:%Y-%m-%d}"
    if in_service_since is None:
        return f"Whether Superset is new or rows before {first} were removed cannot be told without in_service_since."
    if since.date() <= in_service_since:
        return f"The first row is no later than {in_service_since}, when Superset went into service."
    return (
        f"Rows between {in_service_since}, when Superset went into service, and {first} were removed or never written."
    )


def _pci_dss(since: datetime, present: datetime, in_service_since: date | None, months: Months) -> Reading:
    short = False
    if since <= _months_before(present, 12):
        reach = "that is 12 months ago or more"
    elif in_service_since is not None and since.date() <= in_service_since:
        reach = "12 months of Superset are not over yet"
    else:
        reach, short = "12 months are not here", True
        if since > _months_before(present, 3):
            reach = "not even the latest 3 months are here"
    sentence = " ".join([f"The first row is of {since:%Y-%m-%d}: {reach}.", *_gaps(months)])
    short = short or bool(months.empty or months.silent)
    return Reading("PCI DSS 10.5.1", "12 months kept, the latest 3 immediately available", sentence, short)


def _gaps(months: Months) -> Iterator[str]:
    if months.empty:
        yield f"There is no row at all in {_named(months.empty)}."
    if months.silent:
        yield f"There is nothing but heartbeats of the recorder in {_named(months.silent)}."
    if months.looked_at:
        if not months.empty and not months.silent:
            yield f"There are rows in each month that is over: {_named(months.looked_at)}."
        yield "A month with rows may still lack some: this does not show it."


def _named(months: Sequence[date]) -> str:
    """Return months as `2025-11, 2026-01 to 2026-10`."""
    runs: list[list[date]] = []
    for month in months:
        if runs and (month - runs[-1][-1]).days <= 31:
            runs[-1].append(month)
        else:
            runs.append([month])
    return ", ".join(" to ".join(f"{month:%Y-%m}" for month in dict.fromkeys((run[0], run[-1]))) for run in runs)


def _others(since: datetime) -> tuple[Reading, ...]:
    first = f"The first row is of {since:%Y-%m-%d}"
    return (
        Reading(
            "HIPAA 164.316(b)(2)(i)",
            "6 years for documentation",
            f"{first}. Whether raw rows of a log are documentation is not settled: no reading.",
            None,
        ),
        Reading(
            "SOC 2",
            "the examination period, whatever it is",
            f"{first}: what lies before is not in the log. Whether all of a later period is, this does not show.",
            None,
        ),
    )


def _months_before(moment: datetime, months: int) -> datetime:
    """Return the same day and time of an earlier month, or that month's last day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
