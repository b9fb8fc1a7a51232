"""What the driver is given to connect with: of the URL, and of the option file that it names."""

from __future__ import annotations

import configparser
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy.engine import URL

from auditctl.errors import UsageError
from auditctl.source.url_options import SWITCH
from auditctl.text import show

# Name in an option file -> name in a URL, or of the part of a URL.
_OF_FILE: Final = {
    "user": "user",
    "password": "password",
    "host": "host",
    "port": "port",
    "socket": "unix_socket",
    "ssl-ca": "ssl_ca",
    "ssl-capath": "ssl_capath",
    "ssl-cert": "ssl_cert",
    "ssl-key": "ssl_key",
}


class _OptionFile(configparser.RawConfigParser):
    """As MySQL's own programs read one: names with - or _, some without a value, values in quotes or not."""

    def __init__(self) -> None:
        super().__init__(strict=False, allow_no_value=True)

    def optionxform(self, optionstr: str) -> str:
        return optionstr.lower().replace("_", "-")

    def value(self, group: str, option: str) -> str:
        said = self.get(group, option) or ""
        quoted = len(said) >= 2 and said[0] == said[-1] and said[0] in "'\""
        return said[1:-1] if quoted else said


def connect_arguments(url: URL) -> dict[str, Any]:
    """Return the keyword arguments of `mysql_driver.connect` for a URL that `choose_url` returned.

    What the URL says outranks its option file, and a host in the URL a socket in the file.

    Raises:
        UsageError: a file cannot be read, or is not what it should be.
    """
    parts = {"user": url.username, "password": url.password, "host": url.host, "port": url.port}
    said = {name: str(value) for name, value in {**parts, **url.query}.items() if value}
    if "read_default_file" in said:
        found = _read_option_file(
            Path(said["read_default_file"]).expanduser(), said.get("read_default_group", "client")
        )
        if url.host:
            found.pop("unix_socket", None)
        said = found | said
    elif "read_default_group" in said:
        raise UsageError("The source URL has the option read_default_group without read_default_file", hint="Add it")
    arguments: dict[str, Any] = {name: said[name] for name in ("user", "host", "unix_socket") if name in said}
    arguments |= {name: int(said[name]) for name in ("port", "connect_timeout") if name in said}
    if "password" in said:
        arguments["password"] = said["password"].encode()  # the driver would make it latin1
    if any(name.startswith("ssl_") for name in said):
        arguments["ssl"] = _tls(said)
    return arguments | {"database": url.database}


def _read_option_file(path: Path, group: str) -> dict[str, str]:
    """Return what a group of an option file says, by the names of a URL."""
    parser = _OptionFile()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
        found = {name: parser.value(group, key) for key, name in _OF_FILE.items() if parser.has_option(group, key)}
    except OSError as error:
        reason = (error.strerror or "error").lower()
    except UnicodeDecodeError:
        reason = "it is not UTF-8 text"
    except configparser.Error:  # which quotes the line
        reason = "it is not an option file of MySQL"
    else:
        if not parser.has_section(group):
            reason = f"it has no [{show(group)}]"
        elif not found.get("port", "1").isdecimal():
            reason = f"its port below [{show(group)}] is no number"
        else:
            return found
    raise UsageError(
        f"read_default_file {show(path)}: {reason}", hint='Write [client] and below it password = "..." into it'
    )


def _tls(said: Mapping[str, str]) -> ssl.SSLContext:
    """Return how to speak TLS: with an authority, or where it is asked for, the server is checked."""
    host = [SWITCH[said[name]] for name in ("ssl_check_hostname", "ssl_verify_identity") if name in said]
    checked = "ssl_ca" in said or "ssl_capath" in said or any(host)
    if "ssl_verify_cert" in said:
        checked = SWITCH[said["ssl_verify_cert"]]
    try:
        context = ssl.create_default_context(cafile=said.get("ssl_ca"), capath=said.get("ssl_capath"))
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the certificates that MySQL makes for itself do not pass it
        context.check_hostname = checked and all(host)
        context.verify_mode = ssl.CERT_REQUIRED if checked else ssl.CERT_NONE
        if certificate := said.get("ssl_cert") or said.get("ssl_key"):
            # Without a password OpenSSL would ask the terminal for one.
            context.load_cert_chain(certificate, said.get("ssl_key"), said.get("ssl_key_password", ""))
    except (OSError, ValueError) as error:
        reason = "no such PEM, or ssl_key_password does not open it"
        if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
            reason = (error.strerror or "error").lower()
        raise UsageError(
            f"The source URL names a file that cannot be read: {reason}",
            hint="Check ssl_ca, ssl_capath, ssl_cert, ssl_key",
        ) from None
    return context
