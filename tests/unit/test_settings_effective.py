"""What a manifest says about the settings, and what makes two runs the same report."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from auditctl.settings import (
    AcceptedGap,
    Audit,
    BusinessHours,
    Inputs,
    Limits,
    Report,
    Scope,
    Settings,
    Source,
    effective,
)


def test_the_effective_settings_are_plain_sorted_and_without_places() -> None:
    settings = Settings(
        path=Path("/etc/audit/auditctl.toml"),
        now=datetime(2026, 11, 24, 12, tzinfo=UTC),
        catalogue=Path("/etc/audit/own"),
        source=Source(
            "sqlite:////etc/audit/metadata.sqlite?timeout=5",
            "main-2",
            "America/New_York",
            copy=True,
            in_service_since=date(2024, 3, 1),
            audit=Audit("postgresql://auditctl:CANARY-secret@audit.example.org/superset_audit", "chained"),
        ),
        report=Report(
            "Example Health",
            "Superset, production",
            "All dashboards\nof the clinic",
            "Europe/Berlin",
            (10, 1),
            timedelta(minutes=90),
            freezes=("2026-09-20..2026-10-01",),
        ),
        business_hours=BusinessHours(frozenset({7, 1}), time(7, 30), time(19)),
        inputs=Inputs(
            Path("/etc/audit/leavers.csv"),
            Path("/etc/audit/admins.csv"),
            Path("/etc/audit/sign-ins.csv"),
            "2026-07-01..2026-10-01",
        ),
        scopes=(
            Scope(
                "phi",
                ("production",),
                ("clinic.main",),
                ("main.patients",),
                (1, "patients"),
                (1, "patient-census"),
                ("alice",),
            ),
            Scope(
                "chd",
                none=True,
                stated_by="J. Moreau",
                stated_on=date(2026, 10, 5),
                reason="Cards are paid at the till.",
            ),
        ),
        control_map={"SOC2:CC6.1": ("AC-01", "SEC-14")},
        accepted_gaps={"failed_logins": AcceptedGap("No recorder yet", "CISO", date(2027, 5, 31))},
        thresholds={"failed_logins": {"threshold": 3, "ratio": 0.5}, "exports": {"formats": "csv", "strict": True}},
    )
    shown = effective(settings)
    assert shown == {
        "accepted_gaps": {
            "failed_logins": {"expires": "2027-05-31", "owner": "CISO", "reason": "No recorder yet"},
        },
        "business_hours": {"days": ["Mon", "Sun"], "end": "19:00", "start": "07:30"},
        "catalogue": "own",
        "control_map": {"SOC2:CC6.1": ["AC-01", "SEC-14"]},
        "inputs": {
            "approved_admins": "admins.csv",
            "leavers": "leavers.csv",
            "reviewers": None,
            "sign_in_log": "sign-ins.csv",
            "sign_in_log_covers": "2026-07-01..2026-10-01",
            "tickets": None,
            "waivers": None,
        },
        "now": "2026-11-24T12:00:00+00:00",
        "report": {
            "as_of_tolerance": "1w",
            "domains": [],
            "fiscal_year_start": "10-01",
            "freezes": ["2026-09-20..2026-10-01"],
            "longest_silence": "4d",
            "organisation": "Example Health",
            "scope_statement": "All dashboards\nof the clinic",
            "settle": "90m",
            "system": "Superset, production",
            "sql": "redacted",
            "zone": "Europe/Berlin",
        },
        "scope": {
            "phi": {
                "dashboards": [1, "patient-census"],
                "databases": ["production"],
                "datasets": [1, "patients"],
                "none": False,
                "permitted": ["alice"],
                "reason": None,
                "schemas": ["clinic.main"],
                "stated_by": None,
                "stated_on": None,
                "tables": ["main.patients"],
            },
            "chd": {
                "dashboards": [],
                "databases": [],
                "datasets": [],
                "none": True,
                "permitted": [],
                "reason": "Cards are paid at the till.",
                "schemas": [],
                "stated_by": "J. Moreau",
                "stated_on": "2026-10-05",
                "tables": [],
            },
        },
        "source": {
            "alias": "main-2",
            "copy": True,
            "audit": {"alias": "chained", "url": "postgresql://audit.example.org/superset_audit"},
            "in_service_since": "2024-03-01",
            "server_zone": "America/New_York",
            "url": "sqlite:///metadata.sqlite",
        },
        "thresholds": {"exports": {"formats": "csv", "strict": True}, "failed_logins": {"ratio": 0.5, "threshold": 3}},
    }
    assert json.dumps(shown) == json.dumps(shown, sort_keys=True)
    assert "/etc" not in json.dumps(shown)


def test_a_length_of_time_is_written_with_its_largest_unit() -> None:
    def settle(length: timedelta) -> object:
        report = effective(Settings(report=Report(settle=length)))["report"]
        assert isinstance(report, dict)
        return report["settle"]

    assert settle(timedelta(minutes=60)) == "1h"
    assert settle(timedelta(hours=48)) == "2d"
    assert settle(timedelta(days=7)) == "1w"
    assert settle(timedelta(minutes=61)) == "61m"
    assert settle(timedelta()) == "0m"


def test_limits_do_not_make_another_report() -> None:
    assert effective(Settings()) == effective(Settings(limits=Limits("8GB", 8)))
