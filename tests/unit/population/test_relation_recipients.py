from __future__ import annotations

import json
from dataclasses import replace

import pytest

from auditctl.settings import Report

from .made import SETTINGS, Superset

DECLARED = replace(SETTINGS, report=Report(domains=("example.com", "example.org")))
COLUMNS = "source_ref, schedule_ref, type, field, address, domain, inside"


def give(superset: Superset, kind: str, config: object) -> None:
    """Leave one recipient."""
    text = config if isinstance(config, str) else json.dumps(config)
    quoted = text.replace("'", "''")
    superset.sql(
        "DELETE FROM report_recipient",
        "INSERT INTO report_recipient (id, type, recipient_config_json, report_schedule_id) "
        f"VALUES (7, '{kind}', '{quoted}', 2)",
    )


def test_every_address_of_every_field_is_a_row_and_judged_by_its_whole_domain(superset: Superset) -> None:
    config = {
        "target": "Ann@Example.COM, bob@mail.example.com;carol@example.org\ndave@example.com.evil.net",
        "ccTarget": "<erin@example.com>",
        "bccTarget": "frank@notexample.com",
    }
    give(superset, "Email", config)
    built = superset.build("recipients", settings=DECLARED)
    assert built.rows(f"SELECT {COLUMNS} FROM recipients ORDER BY field, address") == [
        ("report_recipient:7", "report_schedule:2", "Email", field, address, domain, inside)
        for field, address, domain, inside in (
            ("bcc", "frank@notexample.com", "notexample.com", False),
            ("cc", "erin@example.com", "example.com", True),
            ("to", "Ann@Example.COM", "example.com", True),
            ("to", "bob@mail.example.com", "mail.example.com", False),
            ("to", "carol@example.org", "example.org", True),
            ("to", "dave@example.com.evil.net", "example.com.evil.net", False),
        )
    ]


def test_an_address_that_is_named_twice_is_one_row_a_field(superset: Superset) -> None:
    give(superset, "Email", {"target": "a@example.com, a@example.com", "ccTarget": "a@example.com"})
    rows = superset.build("recipients", settings=DECLARED).rows("SELECT field, address FROM recipients ORDER BY field")
    assert rows == [("cc", "a@example.com"), ("to", "a@example.com")]


def test_a_display_name_is_no_address_and_takes_nothing_from_the_address_behind_it(superset: Superset) -> None:
    give(superset, "Email", {"target": "Ann <ann@example.net>"})
    rows = superset.build("recipients", settings=DECLARED).rows(
        "SELECT address, domain, inside FROM recipients ORDER BY address"
    )
    assert rows == [("Ann", None, None), ("ann@example.net", "example.net", False)]


@pytest.mark.parametrize(
    ("kind", "target", "address"),
    [
        ("Slack", "#orders, #stock", "#orders, #stock"),
        ("SlackV2", "C012AB@example.com", "C012AB@example.com"),
        ("Webhook", "https://hooks.example.net/services/T0/B0/k3y?x=1", "https://hooks.example.net"),
    ],
)
def test_what_is_no_e_mail_has_no_domain_and_of_a_link_only_the_host_is_kept(
    kind: str, target: str, address: str, superset: Superset
) -> None:
    give(superset, kind, {"target": target})
    rows = superset.build("recipients", settings=DECLARED).rows("SELECT address, domain, inside FROM recipients")
    assert rows == [(address, None, None)]


def test_a_schedule_names_its_recipients_and_of_a_link_no_more_than_the_host(superset: Superset) -> None:
    give(superset, "Email", {"target": "bob@example.com", "bccTarget": "frank@example.net"})
    config = json.dumps({"target": "https://hooks.example.net/services/T0/B0/k3y"})
    superset.sql(f"INSERT INTO report_recipient VALUES (8, 'Webhook', '{config}', 2, NULL, NULL, NULL, NULL)")
    rows = superset.build("schedules").rows("SELECT source_ref, recipients FROM schedules ORDER BY source_ref")
    assert rows == [
        ("report_schedule:1", None),
        ("report_schedule:2", "Email bob@example.com, Email bcc frank@example.net, Webhook https://hooks.example.net"),
    ]


@pytest.mark.parametrize("config", ["", "{broken", "{}", '{"target": null}', '{"target": " ; "}', "[]"])
@pytest.mark.parametrize("kind", ["Email", "Slack"])
def test_a_recipient_that_cannot_be_read_is_a_row_without_an_address(
    kind: str, config: str, superset: Superset
) -> None:
    give(superset, kind, config)
    rows = superset.build("recipients", settings=DECLARED).rows("SELECT field, domain, inside FROM recipients")
    assert rows == [("to", None, None)]


def test_without_declared_domains_nobody_is_inside_or_outside(superset: Superset) -> None:
    built = superset.build("recipients", requires=("domains", "schedules_now"))
    assert built.rows("SELECT source_ref, domain, inside FROM recipients ORDER BY source_ref") == [
        ("report_recipient:1", "example.com", None),
        ("report_recipient:2", "example.com", None),
    ]
    assert built.population.capabilities["domains"].held == ()
    assert len(built.population.capabilities["schedules_now"].held) == 1


def test_declared_domains_are_a_capability(superset: Superset) -> None:
    built = superset.build("recipients", settings=DECLARED, requires=("domains",))
    (held,) = built.population.capabilities["domains"].held
    assert held.by == "file"
