"""Identifiers are exactly those that the standards print; the list is by hand."""

from __future__ import annotations

import pytest

from auditctl.catalogue.load import load_catalogue

IDENTIFIERS = {
    "soc2": ["CC6.1", "CC6.2", "CC6.3", "CC7.2", "CC7.3", "CC8.1", "A1.1"],
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
    "nist-800-53": [
        *("AC-2", "AC-2(3)", "AC-2(4)", "AC-2(12)", "AC-3", "AC-5"),
        *("AC-6", "AC-6(1)", "AC-6(7)", "AC-6(9)", "AC-6(10)", "AC-7"),
        *("AU-2", "AU-3", "AU-4", "AU-5", "AU-5(1)", "AU-5(2)", "AU-6", "AU-6(1)", "AU-6(3)", "AU-7", "AU-7(1)"),
        *("AU-8", "AU-9", "AU-9(2)", "AU-9(3)", "AU-9(4)", "AU-10", "AU-11", "AU-12", "AU-12(1)", "AU-12(3)"),
    ],
}
PREFIXES = {"soc2": "SOC2", "hipaa": "HIPAA", "iso27001": "ISO27001", "nist-800-53": "NIST"}


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


def test_a_requirement_to_record_takes_absence_for_a_finding() -> None:
    controls = {control.id: control for control in load_catalogue().find_framework("nist-800-53").controls}
    for identifier in ("AC-2(4)", "AU-2", "AU-3", "AU-12"):
        assert {test.absence for test in controls[f"NIST:{identifier}"].tests} == {"finding"}, identifier
