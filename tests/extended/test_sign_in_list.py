"""Users say what their loggers call a sign-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditctl.catalogue.load import load_catalogue
from auditctl.errors import CatalogueError

from .made import STORY, answer, write

SSO = (
    '"extended/SSO_*" = { kind = "sign_in", verb = "sign_in", object = "account", by = "custom", outcome = "unknown",'
    ' known_by = "the row does not say whether it failed", meaning = "Somebody signed in by way of the portal." }\n'
)


def test_what_a_user_lists_is_a_sign_in_too(tmp_path: Path) -> None:
    extra = tmp_path / "own"
    extra.mkdir()
    (extra / "actions.toml").write_text(SSO, encoding="utf-8")
    database = write(tmp_path / "log.db", [{**STORY[1], "action": "sso_portal"}])
    assert answer(database).population.unmapped == {"sso_portal": 1}
    told = answer(database, extra=extra)
    assert told.rows("failed_logins", "username", "source_ref") == [("mallory", "logs:2")]
    assert told.since("sign_in_failures") == "09-29 22:00"
    assert told.population.unmapped == {}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("login", 'only actions of an extended log can be added; write ["extended/login"]'),
        ("extended/login", "'extended/login' has its meaning already; remove it"),
        ("extended/*", "would match every action"),
    ],
)
def test_a_rule_that_cannot_be_added_is_refused_with_its_line(name: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "actions.toml").write_text(SSO.replace("extended/SSO_*", name), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(tmp_path)
    (said,) = caught.value.diagnostics()
    assert "actions.toml:1" in said
    assert problem in said


def test_a_rule_of_another_reporter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "actions.toml").write_text(SSO.replace('by = "custom"', 'by = "server"'), encoding="utf-8")
    with pytest.raises(CatalogueError, match='is reported by a custom logger; write by = "custom"'):
        load_catalogue(tmp_path)
