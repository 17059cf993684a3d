"""Materials: checked when they come in, stored by content, used again instead of asked for again (免提交)."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

import filetype
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from zimao.kernel.cases.models import Case, CaseMaterial, Material
from zimao.kernel.cases.runtime import happened
from zimao.kernel.errors import Refused
from zimao.kernel.operations import Act, operation
from zimao.kernel.text import t

__all__ = ["MAX_BYTES", "Upload", "attach", "give_material", "read_material", "register_scanner", "reusable", "storage_path"]

MAX_BYTES = 20 * 1024 * 1024
ACCEPTED = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
_SUFFIXES = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived: the name the sender gave it, and its bytes."""

    name: str
    content: bytes


Scanner = Callable[[bytes], str]
_SCANNERS: list[Scanner] = []


def register_scanner(scanner: Scanner) -> None:
    """Add a virus scanner: it answers the name of what it found, or an empty string (operators plug ClamAV or their own in here)."""
    _SCANNERS.append(scanner)


def storage_path(sha256: str) -> str:
    """Where the content with that hash is stored."""
    return f"materials/{sha256[:2]}/{sha256}"


def check(upload: Upload, field: str = "file") -> str:
    """The media type of an acceptable upload; Refused for an empty, oversized, disguised, encrypted, broken or infected file."""
    size = len(upload.content)
    if size == 0:
        raise Refused("file_empty", t("文件为空（0字节），请重新选择", "The file is empty (0 bytes); choose it again"), field)
    if size > MAX_BYTES:
        sentence = t(
            "文件大小为{mb:.1f} MB，超过20 MB上限，请压缩或拆分",
            "The file has {mb:.1f} MB, more than the 20 MB allowed; compress or split it",
        )
        raise Refused("file_too_large", sentence.fill(mb=size / 1024 / 1024), field)
    kind = filetype.guess(upload.content)
    media_type = kind.mime if kind else ""
    if media_type not in ACCEPTED:
        raise Refused("file_type", t("只接受PDF、JPEG或PNG文件", "Only PDF, JPEG or PNG files are accepted"), field)
    suffix = "." + upload.name.rpartition(".")[2].lower()
    if _SUFFIXES.get(suffix) != media_type:
        sentence = t("文件内容是{real}，与文件名“{name}”不符", "The file holds {real}, which is not what its name “{name}” says")
        raise Refused("file_disguised", sentence.fill(real=media_type, name=upload.name), field)
    if media_type == "application/pdf":
        _check_pdf(upload.content, field)
    for scanner in _SCANNERS:
        found = scanner(upload.content)
        if found:
            raise Refused("file_infected", t("文件含有恶意代码（{found}）", "The file carries malware ({found})").fill(found=found), field)
    return media_type


def _check_pdf(content: bytes, field: str) -> None:
    try:
        reader = PdfReader(io.BytesIO(content))
        encrypted = reader.is_encrypted
        pages = 0 if encrypted else len(reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused("file_broken", t("PDF文件已损坏，无法打开", "The PDF is damaged and cannot be opened"), field) from error
    if encrypted:
        raise Refused("file_encrypted", t("PDF文件已加密，请上传未加密的文件", "The PDF is encrypted; upload it without a password"), field)
    if pages == 0:
        raise Refused("file_broken", t("PDF文件没有页面", "The PDF has no pages"), field)


@operation("cases.give_material", roles=("*",), label=t("提交材料", "Hand in a material"))
def give_material(
    act: Act, *, owner_id: int, service: str, kind: str, upload: Upload, about: str = "", valid_to: date | None = None
) -> Material:
    """Store a file of ``kind`` for a party. Who: the party or its agent for the service. The same file given twice is one material.

    ``about`` says what it is about when it is not about the party itself (see ``Material.about``).
    """
    act.require(lambda actor, party: actor.acts_for(party, service), owner_id)
    media_type = check(upload, kind)
    sha256 = hashlib.sha256(upload.content).hexdigest()
    path = storage_path(sha256)
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(upload.content))
    material, made = Material.objects.get_or_create(
        owner_id=owner_id,
        kind=kind,
        about=about,
        sha256=sha256,
        defaults={
            "name": upload.name[-200:],
            "media_type": media_type,
            "size": len(upload.content),
            "valid_to": valid_to,
            "uploaded_at": act.at,
            "uploaded_by_id": act.actor.user_id or 0,
        },
    )
    if made:
        act.record(
            "cases.give_material", f"material/{material.pk}", {"kind": kind, "size": material.size}, {"sha256": sha256, "name": upload.name}
        )
    return material


def attach(act: Act, case: Case, materials: Iterable[Material]) -> None:
    """Make materials part of a case; one handed in before this case was begun counts as reused. Part of an operation."""
    for material in materials:
        earlier = CaseMaterial.objects.filter(material=material).exclude(case=case).exists()
        _, made = CaseMaterial.objects.get_or_create(case=case, material=material, defaults={"reused": earlier, "added_at": act.at})
        if made:
            happened(act, case, "material.reused" if earlier else "material.supplied", data={"kind": material.kind})


def reusable(owner_id: int, kinds: Iterable[str], on: date, about: Iterable[str] = ()) -> dict[str, Material]:
    """The newest still valid material of each kind that the party gave before, about itself or one of ``about``."""
    found: dict[str, Material] = {}
    given = Material.objects.filter(owner_id=owner_id, kind__in=list(kinds), about__in=["", *about])
    for material in given.order_by("uploaded_at", "pk"):
        if material.valid_to is None or material.valid_to >= on:
            found[material.kind] = material
    return found


def read_material(material: Material) -> bytes:
    """The content; raises OSError when the store lost it."""
    with default_storage.open(storage_path(material.sha256)) as file:
        return bytes(file.read())
