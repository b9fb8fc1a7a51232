"""The folder of the user's queries: found alone, it is the one that the settings name."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditctl.cli.own import own_queries
from auditctl.settings import load_settings


@pytest.mark.parametrize(
    ("toml", "environ"),
    [
        (None, {}),
        ("", {}),
        ('catalogue = "mine"\n', {}),
        ('catalogue = "/absolute/mine"\n', {}),
        ('\ufeffcatalogue = "mine"\n', {}),
        ('catalogue = "mine"\n', {"AUDITCTL_CATALOGUE": "other"}),
        (None, {"AUDITCTL_CATALOGUE": "other"}),
        ('[report]\nsystem = "BI"\n', {}),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_the_folder_is_the_one_of_the_settings(
    toml: str | None, environ: dict[str, str], named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "auditctl.toml"
    if toml is not None:
        file.write_text(toml, encoding="utf-8")
    config = file if named and toml is not None else None
    assert own_queries(None, config, environ) == load_settings(config, environ).catalogue


def test_the_command_line_outranks_everything(tmp_path: Path) -> None:
    assert own_queries(tmp_path, None, {"AUDITCTL_CATALOGUE": "other"}) == tmp_path


def test_the_settings_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    (tmp_path / "prod.toml").write_text('catalogue = "mine"\n', encoding="utf-8")
    assert own_queries(None, None, {"AUDITCTL_CONFIG": str(tmp_path / "prod.toml")}) == tmp_path / "mine"


@pytest.mark.parametrize("content", [b"catalogue = ", b"catalogue = 7", b"\xff", b"x = " + b"[" * 10_000])
def test_a_file_that_is_wrong_names_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "auditctl.toml").write_bytes(content)
    assert own_queries(None, tmp_path / "auditctl.toml", {}) is None
    assert own_queries(None, tmp_path, {}) is None
