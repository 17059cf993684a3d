"""PDF files by their SHA-256, in the default storage (a folder, or S3 through django-storages).

A file is written, and on a local disk forced to it, before the row that names it. So a transaction that is rolled back may
leave a file that no row names, which is harmless, and never a row without its file.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage

from zimao.kernel.errors import Unavailable
from zimao.kernel.text import t

__all__ = ["get", "put"]


def put(content: bytes) -> str:
    """Keep ``content``; the SHA-256 under which :func:`get` finds it. A half-written file of an earlier crash is replaced."""
    digest = hashlib.sha256(content).hexdigest()
    name = _name(digest)
    if default_storage.exists(name):
        if _read(name) == content:
            return digest
        default_storage.delete(name)
    default_storage.save(name, ContentFile(content))
    if isinstance(default_storage._wrapped, FileSystemStorage):  # type: ignore[attr-defined]  # the lazy object's own storage
        _force_to_disk(Path(default_storage.path(name)))
    return digest


def get(digest: str) -> bytes:
    """The content whose SHA-256 is ``digest``. Raises Unavailable when it is gone or is no longer that content."""
    try:
        content = _read(_name(digest))
    except OSError as error:
        raise Unavailable("file_missing", t("文件暂时无法读取，请联系管理员", "The file cannot be read; ask the administrator")) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise Unavailable(
            "file_damaged", t("存储的文件已损坏，请联系管理员从备份恢复", "The stored file is damaged; ask the administrator to restore it")
        )
    return content


def _name(digest: str) -> str:
    return f"documents/{digest[:2]}/{digest}.pdf"


def _read(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())


def _force_to_disk(path: Path) -> None:
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
