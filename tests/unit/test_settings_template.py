"""The commented settings file: it names every key, says the real defaults, and is what load_settings reads."""

from __future__ import annotations

import re
import tomllib
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


def commented_keys() -> list[tuple[str, str]]:
    """Return the header above, and the line, of each key that is not set, without their `# `."""
    found, header = [], ""
    for line in settings_text({}, {}).splitlines():
        if re.fullmatch(r"(?:# )?\[[a-z_.]+\]", line):
            header = line.removeprefix("# ")
        elif re.match(r'# ([a-z_]+|"[A-Z0-9:.]+") = ', line):
            found.append((header, line.removeprefix("# ")))
    return found


def test_every_key_is_there_once_below_the_header_of_its_table() -> None:
    example = {"<name>": "phi", "<query>": "failed_logins", "<parameter>": "threshold", "<test>": "failed_logins"}
    example["<control>"] = '"SOC2:CC6.1"'
    expected = [tuple(example.get(part, part) for part in key.path) for key in KEYS]
    found = [(*filter(None, header.strip("[]").split(".")), line.split()[0]) for header, line in commented_keys()]
    assert found == expected


@pytest.mark.parametrize(("header", "line"), commented_keys())
def test_each_line_can_be_taken_as_it_is(header: str, line: str, tmp_path: Path) -> None:
    if line.startswith("permitted"):  # whom a scope permits says nothing without what it is about
        line = f'databases = ["clinical"]\n{line}'
    stated = {
        "none": "none = true",
        **{name: f'{name} = "2026-10-05"' for name in ("stated_by", "stated_on", "reason")},
    }
    if (name := line.split()[0]) in stated:  # these four stand together
        line = "\n".join([*(text for key, text in stated.items() if key != name), line])
    text = settings_text({}, {}).replace(f"# {header}\n", f"{header}\n")
    commented = f"# {line.splitlines()[-1]}\n"
    assert text.count(commented) == 1
    taken = text.replace(commented, f"{line}\n")
    assert tomllib.loads(taken) != tomllib.loads(text)
    loaded(tmp_path, taken)


def test_the_defaults_that_are_shown_are_the_defaults(tmp_path: Path) -> None:
    text = settings_text({}, {})
    shown, defaults = re.subn(r"(?m)^# ([a-z_]+ = (?!.*# example$).+)$", r"\1", text)
    assert defaults == 17
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
