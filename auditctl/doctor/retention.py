"""How far the log reaches back, held against what frameworks ask; never a verdict on compliance."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime

from auditctl.doctor.model import Reading, Retention


def read_retention(since: datetime | None, present: datetime, in_service_since: date | None) -> Retention:
    """Read how far the log reaches back.

    Args:
        since: The time of its first row, aware UTC; None where there is none.
        present: The present, aware UTC.
        in_service_since: The day on which Superset went into service, where it was declared.
    """
    if since is None:
        return Retention(None, "The log holds no row with a time.", ())
    whole = in_service_since is not None and since.date() <= in_service_since
    return Retention(since, _before(since, in_service_since), (_pci_dss(since, present, whole=whole), *_others(since)))


def _before(since: datetime, in_service_since: date | None) -> str:
    first = f"{since:%Y-%m-%d}"
    if in_service_since is None:
        return f"Whether Superset is new or rows before {first} were removed cannot be told without in_service_since."
    if since.date() <= in_service_since:
        return f"The log reaches back to {in_service_since}, when Superset went into service."
    return (
        f"Rows between {in_service_since}, when Superset went into service, and {first} were removed or never written."
    )


def _pci_dss(since: datetime, present: datetime, *, whole: bool) -> Reading:
    first = f"{since:%Y-%m-%d}"
    if since <= _months_before(present, 12):
        sentence, short = f"12 months are here, and so are the latest 3: the log begins {first}.", False
    elif whole:
        sentence, short = f"All that there can be is here, from {first} on: 12 months are not over yet.", False
    elif since <= _months_before(present, 3):
        sentence, short = f"The latest 3 months are here, 12 months are not: the log begins {first}.", True
    else:
        sentence, short = f"Not even the latest 3 months are here: the log begins {first}.", True
    return Reading("PCI DSS 10.5.1", "12 months kept, the latest 3 immediately available", sentence, short)


def _others(since: datetime) -> tuple[Reading, ...]:
    first = f"{since:%Y-%m-%d}"
    return (
        Reading(
            "HIPAA 164.316(b)(2)(i)",
            "6 years for documentation",
            f"The log begins {first}. Whether raw rows of a log are documentation is not settled: no reading.",
            None,
        ),
        Reading(
            "SOC 2",
            "the examination period, whatever it is",
            f"A period that begins after {first} is within the log's reach; what lies before is not.",
            None,
        ),
    )


def _months_before(moment: datetime, months: int) -> datetime:
    """Return the same day and time of an earlier month, or that month's last day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
