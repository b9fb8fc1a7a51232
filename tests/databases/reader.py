"""A role made by what `auditctl grants` prints, with a password, for as long as a test needs it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.engine import URL

from auditctl.source.grants import Reader, granted_of, grants
from auditctl.source.interface import Options
from auditctl.source.open import open_source
from tests.servers.databases import Loaded

from .opened import as_given

PASSWORD = "CANARY p@ss/w:rd%"


@dataclass(frozen=True, slots=True)
class Account:
    """The role and its address, with the password."""

    name: str
    url: URL


@contextmanager
def made(loaded: Loaded, *, connections: int = 2) -> Iterator[Account]:
    """Give a role for `loaded` that may open so many connections and take 7 seconds for a statement."""
    reader = Reader(loaded.server.fresh_name("Reader"), connections, timedelta(seconds=7))
    with closing(open_source(as_given(loaded.url()), Options(), Path())) as source:
        script = grants(granted_of(source), reader)
    run(loaded, script)
    run(loaded, script)  # a second time does no harm
    password = PASSWORD.replace(":", "\\:")
    if loaded.server.kind == "postgresql":
        loaded.run(f"ALTER ROLE \"{reader.name}\" PASSWORD '{password}'")
    else:
        loaded.run(f"ALTER USER `{reader.name}` IDENTIFIED BY '{password}' ACCOUNT UNLOCK")
    yield Account(reader.name, loaded.url(reader.name, PASSWORD))
    drop(loaded, reader.name)


def drop(loaded: Loaded, name: str) -> None:
    """Drop a role that has rights in `loaded` alone."""
    if loaded.server.kind == "postgresql":
        loaded.run(f'DROP OWNED BY "{name}"', f'DROP ROLE "{name}"')
    else:
        loaded.run(f"DROP USER `{name}`")


def run(loaded: Loaded, script: str) -> None:
    """Run a script as a command-line client does."""
    with loaded.server.connect(loaded.database) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with closing(driver.cursor()) as cursor:
            if loaded.server.kind == "postgresql":
                cursor.execute(script)
            else:
                for statement in re.sub(r"(?m)^--.*\n", "", script).split(";\n")[:-1]:
                    cursor.execute(statement)
