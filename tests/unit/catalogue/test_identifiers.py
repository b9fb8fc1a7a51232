"""Identifiers are exactly those that the standards print; the list is by hand."""

from __future__ import annotations

import pytest

from auditctl.catalogue.load import load_catalogue

IDENTIFIERS = {
    "soc2": [
        *("CC2.1", "CC4.1", "CC6.1", "CC6.2", "CC6.3", "CC6.6", "CC6.7", "CC6.8"),
        *("CC7.1", "CC7.2", "CC7.3", "CC7.4", "CC7.5", "CC8.1", "A1.1", "C1.1", "C1.2"),
    ],
    "hipaa": [
        "164.308(a)(1)(ii)(D)",
        "164.308(a)(3)(ii)(C)",
        "164.308(a)(4)(ii)(B)",
        "164.308(a)(4)(ii)(C)",
        "164.308(a)(5)(ii)(C)",
        "164.312(a)(1)",
        "164.312(a)(2)(i)",
        "164.312(b)",
        "164.312(c)(1)",
        "164.312(c)(2)",
        "164.312(d)",
        "164.316(b)(1)(ii)",
        "164.316(b)(2)(i)",
        "164.502(b)",
        "164.514(d)",
        "164.528",
    ],
    "iso27001": [
        *("5.15", "5.16", "5.17", "5.18", "5.28", "5.33"),
        *("8.2", "8.3", "8.15", "8.16", "8.17", "8.32", "8.34"),
    ],
    "pci-dss": [
        *("7.2.1", "7.2.2", "7.2.3", "7.2.4", "7.2.5", "7.2.5.1", "7.2.6", "7.3.1", "7.3.2", "7.3.3"),
        *("8.2.1", "8.2.2", "8.2.4", "8.2.5", "8.2.6", "8.3.4", "8.6.1"),
        *("10.2.1.1", "10.2.1.2", "10.2.1.3", "10.2.1.4", "10.2.1.5", "10.2.1.6", "10.2.1.7", "10.2.2"),
        *("10.3.1", "10.3.2", "10.3.3", "10.3.4", "10.4.1", "10.4.1.1", "10.4.2", "10.4.2.1", "10.4.3", "10.5.1"),
        *("10.6.1", "10.6.2", "10.6.3", "10.7.2", "10.7.3"),
    ],
    "nist-800-53": [
        *("AC-2", "AC-2(3)", "AC-2(4)", "AC-2(12)", "AC-3", "AC-5"),
        *("AC-6", "AC-6(1)", "AC-6(7)", "AC-6(9)", "AC-6(10)", "AC-7"),
        *("AU-2", "AU-3", "AU-4", "AU-5", "AU-5(1)", "AU-5(2)", "AU-6", "AU-6(1)", "AU-6(3)", "AU-7", "AU-7(1)"),
        *("AU-8", "AU-9", "AU-9(2)", "AU-9(3)", "AU-9(4)", "AU-10", "AU-11", "AU-12", "AU-12(1)", "AU-12(3)"),
    ],
}
PREFIXES = {"soc2": "SOC2", "hipaa": "HIPAA", "iso27001": "ISO27001", "nist-800-53": "NIST", "pci-dss": "PCI-DSS"}


def test_every_framework_is_on_the_list() -> None:
    assert sorted(framework.id for framework in load_catalogue().frameworks.values()) == sorted(IDENTIFIERS)


@pytest.mark.parametrize("framework", sorted(IDENTIFIERS))
def test_the_identifiers_of_a_framework_are_exact(framework: str) -> None:
    controls = load_catalogue().find_framework(framework).controls
    expected = [f"{PREFIXES[framework]}:{identifier}" for identifier in IDENTIFIERS[framework]]
    assert sorted(control.id for control in controls) == sorted(expected)


def test_what_is_not_addressed_says_why() -> None:
    for framework in load_catalogue().frameworks.values():
        for control in framework.controls:
            assert control.addressable or control.note, control.id


@pytest.mark.parametrize(
    ("framework", "identifier", "tests"),
    [
        ("nist-800-53", "NIST:AC-2(4)", ["access_changes"]),
        ("nist-800-53", "NIST:AU-2", ["action_inventory", "log_coverage", "sign_ins"]),
        ("nist-800-53", "NIST:AU-3", ["field_completeness"]),
        (
            "nist-800-53",
            "NIST:AU-12",
            ["content_changes", "dashboard_views", "data_requests", "exports", "sql_statements"],
        ),
        ("pci-dss", "PCI-DSS:10.2.1.1", ["dashboard_views", "data_requests", "exports", "sql_statements"]),
        ("pci-dss", "PCI-DSS:10.2.1.2", ["content_changes", "privileged_activity"]),
        ("pci-dss", "PCI-DSS:10.2.1.3", ["audit_log_reads"]),
        ("pci-dss", "PCI-DSS:10.2.1.4", ["failed_logins"]),
        ("pci-dss", "PCI-DSS:10.2.1.5", ["access_changes"]),
        ("pci-dss", "PCI-DSS:10.2.1.6", ["log_coverage"]),
        ("pci-dss", "PCI-DSS:10.2.1.7", ["creations", "deletions"]),
        ("pci-dss", "PCI-DSS:10.2.2", ["field_completeness"]),
    ],
)
def test_a_requirement_to_record_takes_absence_for_a_finding(framework: str, identifier: str, tests: list[str]) -> None:
    controls = {control.id: control for control in load_catalogue().find_framework(framework).controls}
    found = [test.id for test in controls[identifier].tests if test.absence == "finding"]
    assert sorted(found) == tests


def test_the_numbers_that_pci_dss_says_are_those_of_its_tests() -> None:
    numbers = {
        (control.id, test.id): value
        for control in load_catalogue().find_framework("pci-dss").controls
        for test in control.tests
        for name, value in test.parameters.items()
        if name != "scope"
    }
    assert numbers == {
        ("PCI-DSS:8.2.6", "dormant_accounts"): 90,  # days
        ("PCI-DSS:10.5.1", "retention"): 12,  # months of history
        ("PCI-DSS:10.5.1", "recent_retention"): 3,  # months at hand
    }


def test_a_scope_or_a_file_that_was_not_given_is_no_failure_to_record() -> None:
    catalogue = load_catalogue()
    for framework in catalogue.frameworks.values():
        for control in framework.controls:
            for test in control.tests:
                if test.absence == "finding":
                    needed = catalogue.queries[test.query].requires
                    assert {catalogue.capabilities[name].kind for name in needed} & {"declared"} == set(), test.id
