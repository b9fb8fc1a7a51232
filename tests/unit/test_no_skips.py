import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"


def run_pytest(folder: Path, source: str, *options: str, no_skips: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "test_some.py").write_text(source, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", folder, *options, "test_some.py"],
        cwd=folder,
        env=os.environ | {"AUDITCTL_NO_SKIPS": no_skips},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


ONE_SKIP = """
import pytest
def test_runs(): pass
@pytest.mark.skip(reason="no database here")
def test_left_out(): pass
"""
WHOLE_MODULE = "import pytest; pytest.skip('no database here', allow_module_level=True)\n"


@pytest.mark.parametrize("options", [(), ("-n", "1")])
def test_a_skipped_test_fails_the_session_and_is_named(tmp_path: Path, options: tuple[str, ...]) -> None:
    result = run_pytest(tmp_path, ONE_SKIP, *options, no_skips="1")
    assert result.returncode == pytest.ExitCode.TESTS_FAILED
    assert "skipped, but AUDITCTL_NO_SKIPS=1: test_some.py::test_left_out" in result.stdout


def test_a_skipped_module_fails_the_session_and_is_named(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, WHOLE_MODULE, no_skips="1")
    assert result.returncode == pytest.ExitCode.TESTS_FAILED
    assert "skipped, but AUDITCTL_NO_SKIPS=1: test_some.py" in result.stdout


def test_a_skip_is_allowed_where_nobody_forbids_it(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, ONE_SKIP, no_skips="").returncode == pytest.ExitCode.OK


def test_a_session_without_skips_ends_well(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, "def test_runs(): pass\n", no_skips="1").returncode == pytest.ExitCode.OK
