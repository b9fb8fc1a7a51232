"""What management accepts for a time stays what it is, and does not end the command as it would otherwise."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .command import FIXTURE, CommandLine, Demo, Finished, Pack, pack_from

ON_EXCEPTIONS = ("--fail-on", "exceptions")
WAIVER = '[[waiver]]\nquery = "{}"\nkey = "{}"\nreason = "Known: <b>see</b> RISK-7"\nowner = "CISO"\nexpires = {}\n'


def report(auditctl: CommandLine, demo: Demo, folder: Path, *options: str, now: str | None = None) -> Finished:
    present = ("--now", now) if now else ()
    command = ("--config", demo.settings, *present, "report", "soc2", "--period", "2026-Q3", "--out", "out", "--no-pdf")
    return auditctl(*command, *options, cwd=folder)


def waivers(pack: Pack, folder: Path, expires: str) -> Path:
    """Write a waiver for each exception in a pack."""
    found = {
        test["evidence"]["query"]: pack.exceptions(test["evidence"]["query"])
        for test in pack.tests.values()
        if test["outcome"] == "Exceptions noted"
    }
    assert {"leavers_active", "admins_not_approved"} <= found.keys()
    entries = [
        WAIVER.format(query, row.get("source_ref") or row["day"], expires)
        for query, rows in found.items()
        for row in rows
    ]
    path = folder / "waivers.toml"
    path.write_text("# as of: 2026-11-20\n" + "".join(dict.fromkeys(entries)), encoding="utf-8")
    return path


def test_exceptions_that_are_all_waived_stay_and_do_not_end_with_1_until_the_waivers_end(
    auditctl: CommandLine, demo: Demo, pack: Pack, tmp_path: Path
) -> None:
    options = ("--waivers", str(waivers(pack, tmp_path, "2099-12-31")), *ON_EXCEPTIONS)
    made = report(auditctl, demo, tmp_path, *options)
    assert made.code == 0, made.err
    waived = pack_from(made, tmp_path / "out")
    test, before = waived.tests["leavers_active"], pack.tests["leavers_active"]
    assert (test["outcome"], test["evidence"]["flagged"]) == ("Exceptions noted", before["evidence"]["flagged"])
    assert test["sentence"] == f"{before['sentence']} All accepted until 2099-12-31."
    assert (test["accepted"], test["accepted_until"]) == (before["evidence"]["flagged"], "2099-12-31")
    assert waived.exceptions("leavers_active") == pack.exceptions("leavers_active")
    html = (waived.folder / "report.html").read_text(encoding="utf-8")
    assert "Waiver until 2099-12-31, by CISO: Known: &lt;b&gt;see&lt;/b&gt; RISK-7" in html
    (file,) = (file for file in waived.report["population"]["inputs"] if file["name"] == "waivers")
    assert (file["file"], file["as_of"]) == ("waivers.toml", "2026-11-20")
    # The pack is issued; asked again, it answers by the day of the question.
    assert report(auditctl, demo, tmp_path, *options).code == 0
    again = report(auditctl, demo, tmp_path, *options, now="2099-12-31T23:00:00Z")  # midnight in Berlin
    assert again.code == 1
    assert "nothing was written" in again.err


def test_one_exception_without_a_waiver_and_a_waiver_that_has_ended_end_with_1(
    auditctl: CommandLine, demo: Demo, pack: Pack, tmp_path: Path
) -> None:
    path = waivers(pack, tmp_path, "2099-12-31")
    first, rest = path.read_text(encoding="utf-8").split("[[waiver]]\n", 2)[1:]
    ended = first.replace("2099-12-31", "2026-11-23")
    path.write_text(f"[[waiver]]\n{ended}[[waiver]]\n{rest}", encoding="utf-8")
    made = report(auditctl, demo, tmp_path, "--waivers", str(path), *ON_EXCEPTIONS)
    assert made.code == 1
    (bitten,) = (test for test in pack_from(made, tmp_path / "out").tests.values() if "ended" in test["sentence"])
    assert bitten["accepted"] == bitten["evidence"]["flagged"] - 1
    assert bitten["accepted_until"] is None
    assert "Waivers that have ended: " in bitten["sentence"]


def test_a_waiver_that_matches_nothing_is_listed_and_one_of_no_query_is_refused(
    auditctl: CommandLine, demo: Demo, tmp_path: Path
) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(WAIVER.format("leavers_active", "ab_user:999", "2027-12-31"), encoding="utf-8")
    made = report(auditctl, demo, tmp_path, "--waivers", "waivers.toml")
    assert made.code == 0
    note = "The waiver in line 1 matches nothing: leavers_active has no flagged row 'ab_user:999'."
    assert made.complaints[-2:] == ["auditctl: 1 of 1 waivers matches nothing.", f"auditctl: {note}"]
    assert note in pack_from(made, tmp_path / "out").report["input_notes"]
    path.write_text("\n" + WAIVER.format("leavers_activ", "ab_user:999", "2027-12-31"), encoding="utf-8")
    refused = report(auditctl, demo, tmp_path, "--waivers", "waivers.toml")
    assert (refused.code, refused.complaints) == (
        2,
        ["auditctl: waivers.toml:2: unknown query 'leavers_activ'; did you mean 'leavers_active'?"],
    )


@pytest.fixture(scope="module")
def gaps(auditctl: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Return the tests that are Not evidenced on the fixture in October 2026."""
    folder = tmp_path_factory.mktemp("gaps")
    made = auditctl.on_fixture("report", "soc2", "--period", "2026-10", "--out", "out", "--no-pdf", cwd=folder)
    tests = pack_from(made, folder / "out").tests.items()
    found = tuple(name for name, test in tests if test["outcome"] == "Not evidenced")
    assert "failed_logins" in found
    return found


@pytest.mark.parametrize(
    ("expires", "code", "said"),
    [
        ("2099-12-31", 0, "Accepted by CISO until 2099-12-31: The recorder comes in May."),
        ("2026-11-23", 4, "The acceptance of this gap by CISO ended on 2026-11-23: The recorder comes in May."),
    ],
)
def test_accepted_gaps_stay_not_evidenced_and_do_not_end_with_4_until_they_expire(
    auditctl: CommandLine, gaps: tuple[str, ...], tmp_path: Path, expires: str, code: int, said: str
) -> None:
    entry = '[accepted_gaps.{}]\nreason = "The recorder comes in May"\nowner = "CISO"\nexpires = {}\n'
    text = "".join(entry.format(name, expires if name == "failed_logins" else "2030-01-01") for name in gaps)
    (tmp_path / "auditctl.toml").write_text(text, encoding="utf-8")
    options = ("--period", "2026-10", "--out", "out", "--fail-on", "not-evidenced")
    made = auditctl.on_fixture("report", "soc2", "--no-pdf", *options, cwd=tmp_path)
    assert made.code == code, made.err
    test = pack_from(made, tmp_path / "out").tests["failed_logins"]
    assert test["outcome"] == "Not evidenced"
    assert test["sentence"].endswith(said)
    assert test["accepted_until"] == (None if code else expires)


def test_a_present_that_was_set_by_hand_revives_no_acceptance_that_has_ended(
    auditctl: CommandLine, tmp_path: Path
) -> None:
    gap = '[accepted_gaps.failed_logins]\nreason = "The recorder comes in May"\nowner = "CISO"\nexpires = 2026-11-23\n'
    (tmp_path / "auditctl.toml").write_text(gap, encoding="utf-8")
    source = ("--now", "2026-11-01T12:00Z", "--url", f"sqlite:///{FIXTURE}")
    made = auditctl(*source, "report", "soc2", "--period", "2026-10", "--out", "out", "--no-pdf", cwd=tmp_path)
    assert made.code == 0, made.err
    sentence = pack_from(made, tmp_path / "out").tests["failed_logins"]["sentence"]
    assert sentence.endswith("The acceptance of this gap by CISO ended on 2026-11-23: The recorder comes in May.")


def test_a_gap_of_no_test_is_refused_with_its_line_and_the_nearest(
    auditctl: CommandLine, demo: Demo, tmp_path: Path
) -> None:
    shutil.copytree(demo.folder, tmp_path / "demo")
    settings = tmp_path / "demo" / "auditctl.toml"
    text = settings.read_text(encoding="utf-8")
    gap = '\n[accepted_gaps.leavers_activ]\nreason = "x"\nowner = "y"\nexpires = 2027-01-01\n'
    settings.write_text(text + gap, encoding="utf-8")
    refused = report(auditctl, Demo(settings.parent), tmp_path)
    line = text.count("\n") + 2
    assert (refused.code, refused.out) == (2, "")
    assert refused.complaints == [
        f"auditctl: {settings}:{line}: accepted_gaps.leavers_activ: unknown test 'leavers_activ';"
        " did you mean 'leavers_active'?"
    ]
