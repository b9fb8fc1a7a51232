"""What an auditor needs besides a pack: the tests' texts of what to bring from elsewhere, each once."""

from __future__ import annotations

from dataclasses import dataclass

from auditctl.catalogue.model import Framework


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to bring from one system, and what it is for."""

    system: str
    item: str
    controls: tuple[str, ...]
    tests: tuple[str, ...]


def requests_of(framework: Framework) -> list[Request]:
    """Return what to bring for a framework, by system and item; controls and tests in the framework's order."""
    wanted: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for control in framework.controls:
        for test in control.tests:
            for text in test.elsewhere:
                system, _, item = text.partition(": ")
                wanted.setdefault((system, item), []).append((control.id, test.id))
    return [
        Request(system, item, tuple(dict.fromkeys(control for control, _ in uses)), tuple(test for _, test in uses))
        for (system, item), uses in sorted(wanted.items())
    ]
