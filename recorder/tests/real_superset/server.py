"""A real Superset with the recorder in it: metadata set up once, then gunicorn with two workers."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from superset_audit_recorder.writer_file import SUFFIX

HERE = Path(__file__).parent
RECORDER = HERE.parent.parent
ADMIN = ("admin", "admin-CANARY-1")


def superset_bin() -> Path:
    """Where the programs of the virtual environment with Superset are."""
    return Path(os.environ.get("SUPERSET_BIN", RECORDER.parent / ".venv-superset" / "bin"))


@dataclass
class Server:
    folder: Path
    metadata: str
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AUDIT", "SUPERSET"))}
        return {
            **kept,
            "PATH": f"{superset_bin()}{os.pathsep}{kept.get('PATH', '')}",
            "PYTHONPATH": str(RECORDER),
            "PYTHONWARNINGS": "ignore",
            "RUN_DIR": str(self.folder),
            "METADATA_URI": self.metadata,
            "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"),
            "SUPERSET_HOME": str(self.folder / "home"),
            "FLASK_APP": "superset.app:create_app()",
            **self.env,
        }

    def command(self, *arguments: str) -> str:
        """Run a command of Superset and return what it printed."""
        done = subprocess.run(
            [superset_bin() / "superset", *arguments], env=self.environment(), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def refuses_to_start(self) -> str:
        """Run a command that must fail, and return what it said."""
        arguments = [str(superset_bin() / "superset"), "fab", "list-users"]
        done = subprocess.run(arguments, env=self.environment(), capture_output=True, text=True)
        assert done.returncode != 0, done.stdout[-3000:]
        return done.stdout + done.stderr

    def set_up(self) -> None:
        """Make the metadata database; the recorder is off, as on a Superset that gets it later."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "home").mkdir(exist_ok=True)
        self.env["RECORDER"] = "off"
        self.command("db", "upgrade")
        name, password = ADMIN
        who = ["--username", name, "--firstname", "Ada", "--lastname", "Admin", "--email", "admin@example.com"]
        self.command("fab", "create-admin", *who, "--password", password)
        self.command("init")
        del self.env["RECORDER"]

    def start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        gunicorn = [str(superset_bin() / "gunicorn"), "-w", "2", "-k", "gthread", "--threads", "4", "--timeout", "120"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*gunicorn, "--no-control-socket", "-b", f"127.0.0.1:{self.port}", "superset.app:create_app()"],
                env=self.environment(),
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + 120
        while not self.answers():
            assert time.monotonic() < until, self.log.read_text()[-5000:]
            assert self.process.poll() is None, self.log.read_text()[-5000:]
            time.sleep(0.3)

    def wait_for_both(self) -> None:
        """Ask until both workers have begun to record: one that was never asked has nothing to lose."""
        until = time.monotonic() + 120
        while len([*(self.folder / "spool").glob(f"*{SUFFIX}")]) < 2:
            assert time.monotonic() < until, self.log.read_text()[-5000:]
            self.answers()

    def answers(self) -> bool:
        try:
            with build_opener(ProxyHandler({})).open(f"{self.base}/health", timeout=5):
                return True
        except (URLError, OSError):
            return False

    def stop(self) -> None:
        """End it as an operator does; the recorder delivers what it has."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(60) == 0, self.log.read_text()[-3000:]
            self.process = None


def make_business_data(path: Path) -> None:
    """Make the made-up database that dashboards show: 40 patients, 8 of them with E11; 30 items."""
    with sqlite3.connect(path) as data:
        data.execute("CREATE TABLE patients (id INTEGER PRIMARY KEY, full_name TEXT, ssn TEXT, diagnosis TEXT)")
        data.execute("CREATE TABLE inventory (sku TEXT PRIMARY KEY, qty INTEGER)")
        people = [
            (i, f'Patient\n"{i}"', f"000-00-{i:04}", ("J45", "E11", "I10", "F32", "M54")[i % 5]) for i in range(40)
        ]
        data.executemany("INSERT INTO patients VALUES (?, ?, ?, ?)", people)
        data.executemany("INSERT INTO inventory VALUES (?, ?)", [(f"SKU{i}", i) for i in range(30)])
