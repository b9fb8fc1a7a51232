"""A zip read with suspicion: its files follow each other without a gap, and every byte of it belongs to one of them.

A zip says twice what it holds: before each file and in the directory at its end. Where the two differ, or bytes lie
between them, one program unpacks what another never shows.
"""

from __future__ import annotations

import io
import stat
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from auditctl.errors import IntegrityError
from auditctl.pack.layout import is_safe_name, is_safe_path
from auditctl.text import show

_CHUNK = 1 << 20
_LOCAL = struct.Struct("<4s5H3L2H")
_RECORD = 46
"""Bytes of a file's record in the directory, without its name, its extra fields and its comment."""
_END = struct.Struct("<4s4H2LH")
_END_64 = 76
"""Bytes that a large zip has before its end."""
_IN_64 = 0xFFFFFFFF
_ENCRYPTED, _SIZES_FOLLOW = 1, 8
_ZIP64 = 1
_EXTRAS = {_ZIP64, 0x000A, 0x5455, 0x5855, 0x7875}
"""Large sizes; times and owners, as other tools write them. Others can give a file a second name."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a zip."""

    path: str
    """Below the one folder of the zip."""
    size: int
    packed: int
    deflated: bool
    crc: int
    at: int
    """Where its bytes begin."""


def members(archive: ZipFile, stream: BinaryIO) -> tuple[str, Mapping[str, Member]]:
    """Return the one folder of a zip, and path below it -> file.

    Raises:
        IntegrityError: it holds what no zip of a pack does.
        BadZipFile: it contradicts itself.
    """
    found: dict[str, Member] = {}
    folders: list[str] = []
    tops: set[str] = set()
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    ends = [info.header_offset for info in infos[1:]] + [archive.start_dir]
    if infos and infos[0].header_offset:
        raise _stray()
    for info, end in zip(infos, ends, strict=True):
        top, _, path = info.filename.partition("/")
        tops.add(top)
        _check_names(info, top, path)
        member = _member(info, path or top, stream, end)
        if info.is_dir():
            folders.append(path)  # other tools write them; they hold nothing
            if member.size or member.packed:
                raise _stray()
        elif path in found:
            raise IntegrityError(f"{path} is there twice")
        else:
            found[path] = member
    if len(tops) > 1:
        raise IntegrityError(f"it holds more than one folder: {show(', '.join(sorted(tops)), 100)}")
    for folder in folders:
        if not any(path.startswith(folder) for path in found):
            raise IntegrityError(f"{folder} is a folder without files")
    _check_end(archive, infos, stream)
    return "".join(tops), found


def unpacked(stream: BinaryIO, member: Member) -> Iterator[bytes]:
    """Yield the bytes of a file; whether they are all and the right ones shows at the end.

    Raises:
        BadZipFile: they are not as many as the zip says, or have another checksum.
        zlib.error: they cannot be unpacked.
    """
    stream.seek(member.at)
    unpack = zlib.decompressobj(-zlib.MAX_WBITS)
    left, room, crc = member.packed, member.size, 0
    while left:
        data = stream.read(min(left, _CHUNK))
        if not data:
            raise BadZipFile(f"{member.path} is cut short")
        left -= len(data)
        while data:
            part = unpack.decompress(data, _CHUNK) if member.deflated else data
            data = unpack.unconsumed_tail
            room -= len(part)
            if room < 0 or unpack.unused_data:
                raise BadZipFile(f"{member.path} is longer than it says")
            crc = zlib.crc32(part, crc)
            yield part
    if room or crc != member.crc or unpack.eof != member.deflated:
        raise BadZipFile(f"{member.path} is not what it says")


def _check_names(info: ZipInfo, top: str, path: str) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    safe = is_safe_name(top) and (is_safe_path(path.removesuffix("/")) or (info.is_dir() and not path))
    if info.orig_filename != info.filename or not safe:
        raise IntegrityError(f"{show(info.orig_filename, 100)} cannot be a file of a pack")
    if kind not in (0, stat.S_IFDIR if info.is_dir() else stat.S_IFREG):
        raise IntegrityError(f"{path} is not a plain file")
    if info.flag_bits & _ENCRYPTED or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise IntegrityError(f"{path} is packed in another way than auditctl packs")
    if info.comment:
        raise _stray()


def _member(info: ZipInfo, path: str, stream: BinaryIO, end: int) -> Member:
    """Compare what stands before a file with the directory; the file must reach to `end`."""
    stream.seek(info.header_offset)
    header = stream.read(_LOCAL.size)
    if len(header) < _LOCAL.size:
        raise BadZipFile(f"{path} is cut short")
    magic, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(header)
    name, extra = stream.read(name_length), stream.read(extra_length)
    sizes = {_ZIP64: b"", **_extras(extra, path)}[_ZIP64]
    _extras(info.extra, path)
    same = (magic, flags, method) == (b"PK\x03\x04", info.flag_bits, info.compress_type)
    if not same or name != info.filename.encode("ascii"):
        raise BadZipFile(f"{path} is another file in the directory")
    if _IN_64 in (packed, size) and len(sizes) == 16:
        size, packed = struct.unpack("<2Q", sizes)
    at = info.header_offset + _LOCAL.size + name_length + extra_length
    stream.seek(at + info.compress_size)
    rest = stream.read(min(max(0, end - at - info.compress_size), 25))
    if flags & _SIZES_FOLLOW:
        fits = rest in _descriptors(info)
    else:
        fits = not rest and (crc, packed, size) == (info.CRC, info.compress_size, info.file_size)
    if not fits or at + info.compress_size + len(rest) != end:
        raise _stray()
    return Member(path, info.file_size, info.compress_size, method == ZIP_DEFLATED, info.CRC, at)


def _extras(extra: bytes, path: str) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    while extra:
        kind, length = struct.unpack("<2H", extra[:4]) if len(extra) >= 4 else (0, 0)
        if kind not in _EXTRAS or kind in fields or len(extra) < 4 + length:
            raise IntegrityError(f"{path} has fields that auditctl does not know")
        fields[kind] = extra[4 : 4 + length]
        extra = extra[4 + length :]
    return fields


def _descriptors(info: ZipInfo) -> set[bytes]:
    """Return what may follow a file whose sizes were not known before it was written."""
    sizes = (info.CRC, info.compress_size, info.file_size)
    forms = ("<L2Q",) if max(sizes) > _IN_64 else ("<L2Q", "<3L")
    plain = {struct.pack(form, *sizes) for form in forms}
    return plain | {b"PK\x07\x08" + text for text in plain}


def _check_end(archive: ZipFile, infos: list[ZipInfo], stream: BinaryIO) -> None:
    """Check that the directory has one record a file and ends the zip."""
    directory = sum(_RECORD + len(info.filename) + len(info.extra) for info in infos)
    length = stream.seek(0, io.SEEK_END)
    rest = length - archive.start_dir - directory
    if rest not in (_END.size, _END_64 + _END.size):
        raise _stray()
    stream.seek(-rest, io.SEEK_END)
    tail = stream.read(rest)
    magic, disk, first_disk, here, count, _, _, comment = _END.unpack(tail[-_END.size :])
    large = rest != _END.size
    counted = {len(infos), 0xFFFF} if large else {len(infos)}
    if magic != b"PK\x05\x06" or disk or first_disk or comment or not {here, count} <= counted:
        raise _stray()
    if large and (tail[:4], tail[56:60]) != (b"PK\x06\x06", b"PK\x06\x07"):
        raise _stray()


def _stray() -> IntegrityError:
    return IntegrityError("it holds bytes that belong to no file")
