"""A pack as one file: written so that equal packs give equal bytes, and read with suspicion."""

from __future__ import annotations

import shutil
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from auditctl.commit import write_whole
from auditctl.errors import IntegrityError, OutputError, UsageError
from auditctl.pack.layout import LARGEST_LIST, MANIFEST, SIGNATURE, SUMS
from auditctl.pack.manifest import Manifest, read_manifest
from auditctl.pack.unzip import members, unpacked
from auditctl.pack.verify import verify_pack
from auditctl.text import show
from auditctl.workspace import private_folder, reporting

_CHUNK = 1 << 20
_PLAIN = stat.S_IFREG | 0o644
_UNIX = 3
_BROKEN = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What the standard library raises for a zip that somebody made by hand."""


def zip_path(folder: Path) -> Path:
    """Return where the zip of a pack lies: beside its folder."""
    return folder.with_name(f"{folder.name}.zip")


def refuse_other_zip(folder: Path) -> None:
    """Refuse, before a pack is published, that something has the name of its zip.

    Raises:
        OutputError: it exists.
    """
    path = zip_path(folder)
    if path.exists() or path.is_symlink():
        raise _existing(path)


def zip_pack(folder: Path) -> Path:
    """Write the zip of a published pack beside its folder, and return its path; one that is there already is kept.

    It holds what the manifest lists, the manifest, the sums and the signature, below the folder's name: sorted by path,
    dated when the pack was made, readable by everybody and writable by nobody else.

    Raises:
        OutputError: it cannot be written, or something else has its name.
    """
    path = zip_path(folder)
    data = (folder / MANIFEST).read_bytes()
    if path.exists() or path.is_symlink():
        if not _is_zip_of(path, data):
            raise _existing(path)
        return path
    manifest = read_manifest(data)
    made_at = datetime.fromisoformat(str(manifest.facts["generated_at"])).astimezone(UTC)
    write_whole(path, lambda stream: _write(stream, folder, sorted(_listed(manifest)), made_at))
    return path


@contextmanager
def opened_pack(pack: Path) -> Iterator[Path]:
    """Yield the folder of a pack: itself, or the files of its zip in a private folder that is removed at the end.

    Raises:
        UsageError: it is a file, and no zip.
        IntegrityError: the zip cannot be read, or holds what no pack holds; nothing of that is written.
        OutputError: there is no room for its files.
    """
    if not pack.is_file():
        yield pack
        return
    with private_folder() as workspace:
        with pack.open("rb") as stream:
            if stream.read(2) != b"PK" and pack.suffix != ".zip":
                raise UsageError(f"{show(pack)} is not a pack", hint="Give the folder of a pack, or its zip")
            try:
                with ZipFile(stream) as archive:
                    folder = _extract(archive, stream, workspace)
            except _BROKEN as error:
                raise IntegrityError(f"{show(pack)} cannot be read as a zip: {show(error, 200)}") from error
            except IntegrityError as error:
                raise IntegrityError(f"{show(pack)}: {error.message}") from error
        yield folder


def _is_zip_of(path: Path, manifest: bytes) -> bool:
    try:
        with opened_pack(path) as folder:
            return not verify_pack(folder).problems and (folder / MANIFEST).read_bytes() == manifest
    except (IntegrityError, UsageError):
        return False


def _listed(manifest: Manifest) -> dict[str, int]:
    """Return every file that a pack has, and how many bytes it may have."""
    sizes = {path: file.bytes for path, file in manifest.files.items()} | {MANIFEST: LARGEST_LIST, SUMS: LARGEST_LIST}
    return sizes | ({SIGNATURE: LARGEST_LIST} if manifest.signer else {})


def _write(stream: BinaryIO, folder: Path, paths: list[str], made_at: datetime) -> None:
    moment = (made_at.year, made_at.month, made_at.day, made_at.hour, made_at.minute, made_at.second)
    with ZipFile(stream, "w") as archive:
        for path in paths:
            entry = ZipInfo(f"{folder.name}/{path}", max(moment, (1980, 1, 1, 0, 0, 0)))  # what a zip can say
            entry.compress_type = ZIP_DEFLATED
            entry.create_system = _UNIX
            entry.external_attr = _PLAIN << 16
            entry.file_size = (folder / path).stat().st_size
            with (folder / path).open("rb") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target, _CHUNK)


def _extract(archive: ZipFile, stream: BinaryIO, workspace: Path) -> Path:
    """Write the files of a zip, each of which its own manifest lists, and return their folder."""
    name, files = members(archive, stream)
    manifest = files.get(MANIFEST)
    if manifest is None:
        raise IntegrityError(f"it is not a pack: {MANIFEST} is missing")
    if manifest.size > LARGEST_LIST:
        raise IntegrityError(f"{MANIFEST} cannot be read: file too large")
    sizes = _listed(read_manifest(b"".join(unpacked(stream, manifest))))
    for path, file in files.items():
        if path not in sizes:
            raise IntegrityError(f"{path} is not in {MANIFEST}")
        if file.size > sizes[path]:
            raise IntegrityError(f"{path} was changed: it has {file.size} bytes, not {sizes[path]}")
    if sum(file.size for file in files.values()) > shutil.disk_usage(workspace).free:
        raise OutputError("there is no room to unpack the zip", hint="Free some space in the temporary folder")
    folder = workspace / name
    for path, file in files.items():
        with reporting(folder / path):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            with (folder / path).open("xb") as target:
                target.writelines(unpacked(stream, file))
    return folder


def _existing(path: Path) -> OutputError:
    return OutputError(
        f"{show(path)} exists and is not the zip of this pack", hint="Remove it or choose another folder"
    )
