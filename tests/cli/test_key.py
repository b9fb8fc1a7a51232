"""Keys, signed packs, and what `verify` says of the key."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from .command import CommandLine, Demo, Finished


@pytest.fixture(scope="module")
def signed(auditctl: CommandLine, demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a key, settings that name it, and a pack that it signed."""
    folder = tmp_path_factory.mktemp("signed")
    made = auditctl("key", "new", "audit-host", cwd=folder)
    assert made.code == 0, made.err
    (folder / "audit-host.pub").write_text(f"# sent by mail\n{made.out}", encoding="utf-8")
    settings = Path(demo.settings).read_text(encoding="utf-8")
    for name in ("metadata.sqlite", "leavers.csv", "approved_admins.csv"):
        settings = settings.replace(name, str(Path(demo.settings).parent / name))
    (folder / "auditctl.toml").write_text(f'{settings}\n[signing]\nkey = "signing.key"\n', encoding="utf-8")
    report = auditctl("report", "nist-800-53", "--no-pdf", "--period", "2026-08", cwd=folder)
    assert report.code == 0, report.err
    return folder


@pytest.fixture
def copy(signed: Path, tmp_path: Path) -> Path:
    return shutil.copytree(signed, tmp_path / "copy")


def verify(auditctl: CommandLine, folder: Path, *options: str) -> Finished:
    return auditctl("verify", "nist-800-53-2026-08", *options, cwd=folder)


def test_a_new_key_is_private_and_its_public_half_is_printed(auditctl: CommandLine, signed: Path) -> None:
    assert stat.S_IMODE((signed / "signing.key").stat().st_mode) == 0o600
    shown = auditctl("key", "show", cwd=signed)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("audit-host+")
    assert shown.out == (signed / "audit-host.pub").read_text(encoding="utf-8").splitlines(keepends=True)[1]
    again = auditctl("key", "new", "audit-host", cwd=signed)
    assert (again.code, again.out) == (6, "")


def test_a_signature_is_checked_against_the_key_that_is_given(auditctl: CommandLine, signed: Path) -> None:
    for key in ("audit-host.pub", auditctl("key", "show", cwd=signed).out.strip()):
        result = verify(auditctl, signed, "--key", key)
        assert (result.code, result.err) == (0, "")
        assert "Signature by audit-host, the run host's key, not a person" in result.out
        assert "checked against the key you gave" in result.out


@pytest.mark.parametrize("key", ["", " ", "PRIVATE+KEY+audit-host+00000000+AAAA"])
def test_an_option_that_holds_no_public_key_never_means_no_key(key: str, auditctl: CommandLine, signed: Path) -> None:
    """As in `--key "$KEY"` where the variable is not set."""
    result = verify(auditctl, signed, "--key", key)
    assert (result.code, result.out) == (2, "")
    assert len(result.complaints) == 1
    assert "public" in result.complaints[0]
    assert "AAAA" not in result.err  # a signing key is not repeated


def test_without_a_key_it_is_said_that_nobody_vouches_for_the_key(auditctl: CommandLine, signed: Path) -> None:
    result = verify(auditctl, signed)
    assert result.code == 0
    assert "The signing key was not checked against a key you trust" in result.out


def test_coreutils_check_a_signed_pack_as_any_other(auditctl: CommandLine, signed: Path) -> None:
    sums = (signed / "nist-800-53-2026-08" / "SHA256SUMS").read_text(encoding="utf-8")
    assert "manifest.json\n" in sums
    assert "manifest.json.sig" not in sums


def test_another_key_did_not_sign_it(auditctl: CommandLine, copy: Path) -> None:
    other = auditctl("key", "new", "audit-host", "--out", "other.key", cwd=copy).out.strip()
    result = verify(auditctl, copy, "--key", other)
    assert result.code == 5
    assert "manifest.json.sig: is by audit-host+" in result.out
    assert "which is not the key that was given" in result.out


@pytest.mark.parametrize(("text", "said"), [(None, "is missing"), ("nothing\n", "is not a signed note")])
def test_a_signature_that_is_gone_or_broken_is_found(
    text: str | None, said: str, auditctl: CommandLine, copy: Path
) -> None:
    signature = copy / "nist-800-53-2026-08" / "manifest.json.sig"
    signature.unlink()
    if text is not None:
        signature.write_text(text, encoding="utf-8")
    for options in ((), ("--key", "audit-host.pub")):
        result = verify(auditctl, copy, *options)
        assert result.code == 5
        assert f"manifest.json.sig: {said}" in result.out


def test_an_unsigned_pack_does_not_pass_for_a_signed_one(
    auditctl: CommandLine, demo: Demo, signed: Path, tmp_path: Path
) -> None:
    made = auditctl("--config", demo.settings, "report", "nist-800-53", "--no-pdf", "--period", "2026-08", cwd=tmp_path)
    assert made.code == 0, made.err
    plain = verify(auditctl, tmp_path)
    assert plain.code == 0
    assert "Not signed." in plain.out
    asked = verify(auditctl, tmp_path, "--key", str(signed / "audit-host.pub"))
    assert asked.code == 5
    assert "manifest.json.sig: is missing: the pack is not signed" in asked.out
    shutil.copy(signed / "nist-800-53-2026-08" / "manifest.json.sig", tmp_path / "nist-800-53-2026-08")
    borrowed = verify(auditctl, tmp_path)
    assert borrowed.code == 5
    assert "manifest.json.sig: is not in manifest.json" in borrowed.out


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("gone.pub", "--key: 'gone.pub' is not a public key: it looks like NAME+ID+BASE64"),
        ("auditctl.toml", "auditctl.toml:2: is not a public key"),
    ],
)
def test_what_is_no_key_is_a_mistake_of_the_command_line(
    key: str, said: str, auditctl: CommandLine, signed: Path
) -> None:
    result = verify(auditctl, signed, "--key", key)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_a_key_that_others_can_read_signs_nothing(auditctl: CommandLine, copy: Path) -> None:
    (copy / "signing.key").chmod(0o644)
    before = sorted(copy.iterdir())
    result = auditctl("report", "nist-800-53", "--no-pdf", "--period", "2026-07", cwd=copy)
    assert (result.code, result.out) == (2, "")
    assert "others on this machine can read the key; run chmod 600" in result.err
    assert (copy / "signing.key").read_text(encoding="utf-8").strip() not in result.err
    assert sorted(copy.iterdir()) == before
