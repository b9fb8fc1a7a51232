"""What to bring from elsewhere is named once, with everything that it is for."""

from __future__ import annotations

from pathlib import Path

from auditctl.catalogue.model import Control, Framework
from auditctl.catalogue.model import Test as Procedure
from auditctl.catalogue.requests import Request, requests_of


def test_an_item_that_two_controls_need_is_requested_once() -> None:
    leavers, first, second = (
        Procedure(name, "Look.", "leavers_active", elsewhere=texts)
        for name, texts in (
            ("leavers", ("Ticket system: approvals", "HR: leavers: all of them")),
            ("first", ("Ticket system: approvals",)),
            ("second", ("Ticket system: approvals",)),
        )
    )
    controls = (
        Control("HOUSE:2", "Two", True, (leavers,)),
        Control("HOUSE:1", "One", True, (first, second)),
        Control("HOUSE:3", "Three", True, (Procedure("bare", "Look.", "leavers_active"),)),
    )
    framework = Framework("house", "House rules", "rule", "2026", controls, Path("house.toml"), "")
    assert requests_of(framework) == [
        Request("HR", "leavers: all of them", ("HOUSE:2",), ("leavers",)),
        Request("Ticket system", "approvals", ("HOUSE:2", "HOUSE:1"), ("leavers", "first", "second")),
    ]
