"""The commented settings file: it names every key, says the real defaults, and is what load_settings reads."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from auditctl.settings import KEYS, Settings, load_settings
from auditctl.settings.template import settings_text


def loaded(folder: Path, text: str) -> Settings:
    path = folder / "auditctl.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, {})


def test_nothing_set_is_what_no_file_is(tmp_path: Path) -> None:
    assert loaded(tmp_path, settings_text({}, {})) == Settings(path=tmp_path / "auditctl.toml")


def test_every_key_is_there_once_below_the_header_of_its_table() -> None:
    found, table = [], ""
    for line in settings_text({}, {}).splitlines():
        if header := re.fullmatch(r"(?:# )?\[([a-z_.<>]+)\]", line):
            table = f"{header[1]}."
        elif key := re.fullmatch(r"# ([a-z_<>]+) = .*", line):
            found.append(table + key[1])
    assert found == [key.name for key in KEYS]


def test_the_defaults_that_are_shown_are_the_defaults(tmp_path: Path) -> None:
    text = settings_text({}, {})
    shown = re.sub(r'(?m)^# ([a-z_]+ = (?!""|\[\]$).+)$', r"\1", text)
    assert shown.count("\n# ") < text.count("\n# ") - 10
    assert loaded(tmp_path, shown) == Settings(path=tmp_path / "auditctl.toml")


def test_what_is_set_is_read_back_character_by_character(tmp_path: Path) -> None:
    name = 'Müller "& Söhne\\" # 100 % ⟨x⟩'
    settings = loaded(
        tmp_path,
        settings_text(
            {"report.organisation": name, "source.in_service_since": "2024-03-01", "source.server_zone": "Asia/Tokyo"},
            {"source.server_zone": ["Measured: a remark."]},
        ),
    )
    assert settings.report.organisation == name
    assert settings.source.in_service_since == date(2024, 3, 1)
    assert settings.source.server_zone == "Asia/Tokyo"


def test_a_remark_stands_above_its_key() -> None:
    lines = settings_text(
        {"source.server_zone": "UTC"}, {"source.server_zone": ["Measured at 3 changes."]}
    ).splitlines()
    assert lines[lines.index('server_zone = "UTC"') - 1] == "# Measured at 3 changes."


@pytest.mark.parametrize("name", ["source.uri", "scope.<name>.tables"])
def test_a_key_that_cannot_be_set_is_an_error_of_the_program(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        settings_text({name: "x"}, {})
