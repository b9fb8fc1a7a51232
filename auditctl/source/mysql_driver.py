"""asyncmy as a driver that blocks: its parser in C reads the log several times faster than a parser in Python.

asyncmy awaits nothing but its socket. Here the socket blocks, so that its coroutines run to their end in one step:
there is no event loop, a signal stops a read at once, and timeouts are those of the socket. For this it needs what
asyncmy keeps to itself, and asyncmy is pinned to one version.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import struct
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any, Final

from asyncmy import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Warning,
)
from asyncmy.charset import charset_by_name
from asyncmy.connection import Connection as AsyncConnection
from asyncmy.connection import _MySQLProtocol
from asyncmy.constants import CLIENT, COMMAND, CR
from asyncmy.cursors import Cursor as AsyncCursor
from asyncmy.cursors import SSCursor as AsyncStream
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

DRIVERNAME: Final = "mysql+auditctl"
"""The first part of a URL that SQLAlchemy opens with this driver."""
apilevel: Final = "2.0"
threadsafety: Final = 1
paramstyle: Final = "format"
_LONGEST_PACKET: Final = 2**24 - 1
__all__ = [
    "DRIVERNAME",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Stream",
    "Warning",
    "apilevel",
    "connect",
    "paramstyle",
    "threadsafety",
]

# Warnings of a server would come to stderr in its own words.
logging.getLogger("asyncmy").setLevel(logging.CRITICAL + 1)


class _Socket:
    """A blocking socket with what asyncmy asks of a transport."""

    def __init__(self, made: socket.socket) -> None:
        self._socket = made

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def read_into(self, buffer: memoryview) -> int:
        return self._socket.recv_into(buffer)

    def is_closing(self) -> bool:
        return self._socket.fileno() == -1

    def close(self) -> None:
        self._socket.close()

    def set_timeout(self, seconds: float | None) -> None:
        self._socket.settimeout(seconds)

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        self._socket = context.wrap_socket(self._socket, server_hostname=host)


class _Blocking(AsyncConnection):  # type: ignore[misc] # its stubs leave out what is used here
    """asyncmy's connection over a blocking socket: nothing that it awaits ever waits."""

    _transport: Any

    def __init__(self, *, tls: ssl.SSLContext | None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._tls = tls

    async def connect(self) -> None:
        """Connect and sign in.

        Raises:
            OperationalError: not reached, or refused.
        """
        try:
            self._transport = _Socket(self._reach())
            self._transport.set_timeout(self._read_timeout)
            self._proto = _MySQLProtocol(self._loop)
            self._next_seq_id = 0
            await self._get_server_information()
            await self._request_authentication()
            self._connected = True
            await self.autocommit(False)
        except OSError as error:
            self.close()
            words = f"Can't connect to MySQL server on {self._host!r} ({error})"
            raise OperationalError(CR.CR_CONN_HOST_ERROR, words) from error
        except BaseException:
            self.close()
            raise

    def _reach(self) -> socket.socket:
        if self._unix_socket:
            self._secure = True
            local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                local.settimeout(self._connect_timeout)
                local.connect(self._unix_socket)
            except BaseException:
                local.close()
                raise
            return local
        remote = socket.create_connection((self._host, self._port), self._connect_timeout)
        remote.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        remote.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return remote

    async def _request_authentication(self) -> None:
        # The server holds to what is said before TLS, of which asyncmy would change these two afterwards.
        self.server_capabilities &= ~CLIENT.DEPRECATE_EOF
        self._mariadb_ext_caps = 0
        self._client_flag &= ~CLIENT.MULTI_STATEMENTS
        context = self._tls
        if self.server_capabilities & CLIENT.SSL:
            if context is None:  # not asked for, and taken where it is offered: it keeps out who only listens
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            self._client_flag |= CLIENT.SSL
            charset = charset_by_name(self._charset).id
            self.write_packet(struct.pack("<IIB23x", self._client_flag, _LONGEST_PACKET, charset))
            self._transport.encrypt(context, self._host)
            self._proto = _MySQLProtocol(self._loop)  # what came unencrypted is not taken for encrypted
            self._ssl_context, self._tls_established, self._secure = context, True, True
        elif context is not None:
            raise OperationalError(CR.CR_SSL_CONNECTION_ERROR, "TLS is required but the server doesn't support it")
        await super()._request_authentication()

    async def _fill_buffer(self, need: int) -> None:
        """Wait for so many bytes that were not read."""
        proto = self._proto
        while proto.length - proto.pos < need:
            try:
                if self._transport is None or not (got := self._transport.read_into(proto.get_buffer(-1))):
                    raise OSError("closed")
            except OSError as error:
                self.close()
                words = f"Lost connection to MySQL server during query ({error})"
                raise OperationalError(CR.CR_SERVER_LOST, words) from error
            except BaseException:  # a signal: what comes now would be taken for the answer to the next statement
                self.close()
                raise
            proto.buffer_updated(got)


class Cursor:
    """One statement, whose rows are read whole when it is run."""

    arraysize = 1
    _kind: Any = AsyncCursor

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor = connection.blocking.cursor(self._kind)

    @property
    def description(self) -> Any:
        """What the columns are called, and of which types."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """Rows of the statement, where that is known."""
        return int(self._cursor.rowcount)

    @property
    def lastrowid(self) -> int:
        """As DB-API has it: of no use to who only reads."""
        return int(self._cursor.lastrowid)

    def execute(self, statement: str, parameters: Sequence[Any] | None = None) -> None:
        """Run a statement."""
        _finish(self._cursor.execute(statement, parameters))

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        return _finish(self._cursor.fetchone())

    def fetchmany(self, size: int | None = None) -> Any:
        """Return so many of the next rows."""
        return _finish(self._cursor.fetchmany(size or self.arraysize))

    def fetchall(self) -> Any:
        """Return all rows that are left."""
        return _finish(self._cursor.fetchall())

    def close(self) -> None:
        """Read what is left of the result, unless the connection is gone."""
        if self._connection.blocking.connected:
            _finish(self._cursor.close())


class Stream(Cursor):
    """One statement, whose rows are read as they are asked for."""

    _kind = AsyncStream


class Connection:
    """A connection of DB-API."""

    def __init__(self, blocking: _Blocking) -> None:
        self.blocking: Final = blocking

    def cursor(self, kind: type[Cursor] = Cursor) -> Cursor:
        """Return a cursor."""
        return kind(self)

    def commit(self) -> None:
        """End the transaction."""
        _finish(self.blocking.commit())

    def rollback(self) -> None:
        """End the transaction."""
        _finish(self.blocking.rollback())

    def autocommit(self, value: bool) -> None:
        """Set whether each statement is a transaction of its own."""
        _finish(self.blocking.autocommit(value))

    def get_autocommit(self) -> bool:
        """Return whether each statement is a transaction of its own."""
        return bool(self.blocking.get_autocommit())

    def character_set_name(self) -> str:
        """Return the character set of what is sent and read."""
        return str(self.blocking.character_set_name())

    def get_server_info(self) -> str:
        """Return the server's version, as it says it."""
        return str(self.blocking.get_server_info())

    def set_read_timeout(self, seconds: float | None) -> None:
        """Set how long the server may be silent."""
        self.blocking._transport.set_timeout(seconds)

    def give_up(self) -> None:
        """Close the connection without reading what is left of a result."""
        if self.blocking._result is not None:
            self.blocking._result.unbuffered_active = False
        self.blocking.close()

    def close(self) -> None:
        """Take leave of the server and close the connection."""
        if self.blocking.connected:
            self.blocking._next_seq_id = 0
            with suppress(Error):
                self.blocking.write_packet(bytes([COMMAND.COM_QUIT]))
        self.give_up()


def connect(*, ssl: ssl.SSLContext | None = None, **arguments: Any) -> Connection:
    """Connect with what `asyncmy.connect` takes; `ssl` says that TLS has to be spoken, and how.

    Raises:
        Error: not reached, or refused.
    """
    blocking = asyncio.run(_made(ssl, arguments))
    _finish(blocking.connect())
    return Connection(blocking)


async def _made(tls: ssl.SSLContext | None, arguments: dict[str, Any]) -> _Blocking:
    # asyncmy looks for an event loop where it is made; it is asked for the time alone.
    return _Blocking(tls=tls, **arguments)


def _finish(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    work.close()
    raise InternalError("asyncmy waits for something that is no socket")


class Dialect(MySQLDialect_pymysql):
    """MySQL and MariaDB as SQLAlchemy speaks to PyMySQL, whose numbers of errors asyncmy has."""

    driver = "auditctl"
    supports_statement_cache = True
    supports_server_side_cursors = True
    _sscursor = Stream

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        """Return this module."""
        return sys.modules[__name__]

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """Return whether an error says that the connection is gone."""
        return super().is_disconnect(e, connection, cursor) or "Not connected" in str(e)


registry.register("mysql.auditctl", __name__, "Dialect")
