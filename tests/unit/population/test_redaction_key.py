"""The key of redaction is made once, private, and refused where others can read it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditctl.errors import OutputError, SettingsError
from auditctl.population.redaction_key import RedactionKey, read_or_make_key, redaction_key_file


def test_it_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "redaction.key"
    made = read_or_make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(r"[0-9a-f]{64}\n", path.read_text())
    assert read_or_make_key(path) == made
    assert read_or_make_key(tmp_path / "other.key") != made


def test_it_lies_beside_the_settings_or_where_the_environment_says() -> None:
    assert redaction_key_file(Path("/etc/audit/auditctl.toml"), {}) == Path("/etc/audit/redaction.key")
    assert redaction_key_file(None, {}) == Path("redaction.key")
    there = {"AUDITCTL_REDACTION_KEY_FILE": "/keys/k"}
    assert redaction_key_file(Path("/etc/audit/auditctl.toml"), there) == Path("/keys/k")


def test_its_id_tells_keys_apart_and_its_repr_hides_it() -> None:
    key = RedactionKey(bytes(range(32)))
    assert re.fullmatch(r"[0-9a-f]{16}", key.id)
    assert key.id != RedactionKey(bytes(32)).id
    assert (key.secret.hex() in repr(key), "x01" in repr(key)) == (False, False)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_one_that_others_can_read_or_change_is_refused_with_what_to_run(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "redaction.key"
    read_or_make_key(path)
    path.chmod(mode)
    with pytest.raises(SettingsError, match="run chmod 600") as refused:
        read_or_make_key(path)
    assert path.read_text().strip() not in str(refused.value)


@pytest.mark.parametrize("content", ["", "ab", "g" * 64, "A" * 64, "a" * 65])
def test_what_is_no_key_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "redaction.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="this is no redaction key"):
        read_or_make_key(path)


def test_a_link_to_nowhere_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "redaction.key"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="a link to a file that is missing"):
        read_or_make_key(path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_missing_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        read_or_make_key(tmp_path / "nowhere" / "redaction.key")
