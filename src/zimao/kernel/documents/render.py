"""From a Typst template and data to a PDF/A-2b page. No models, no clock: the instant and the data are arguments.

Data travels as one JSON string in ``sys.inputs`` and is read by ``json(bytes(..))``: it is a value in the template, never
markup, so nothing that an applicant types can change the page or read a file.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import typst

from zimao.kernel.documents.glyphs import FONT_FOLDER, check_glyphs
from zimao.kernel.errors import Missing, Refused
from zimao.kernel.text import t

__all__ = ["Page", "SealBox", "Template", "register_templates", "render", "render_png", "template"]

_PACKAGES = Path(__file__).parent / "typst"
_A4_HEIGHT_PT = 841.89
# eval would turn data into markup, read/@preview would reach past the folder: a template needs none of them
_FORBIDDEN = re.compile(r"\beval\s*\(|\bread\s*\(|@preview/|\bplugin\s*\(")


@dataclass(frozen=True, slots=True)
class Template:
    """A Typst file that prints one kind of document. ``sha256`` covers every file that it could have used."""

    key: str
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class SealBox:
    """Where the seal was put: 0-based ``page``; corners in PDF points from the lower left corner of the page."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered document: the PDF, and the place of the seal (None when the template prints none)."""

    pdf: bytes
    seal: SealBox | None


_FOLDERS: dict[str, Path] = {"kernel": _PACKAGES / "templates"}
_local = threading.local()


def register_templates(owner: str, folder: Path) -> None:
    """Offer the ``*.typ`` files of ``folder`` as templates ``<owner>/<name>``; called from an app's ``ready``."""
    _FOLDERS[owner] = folder


@lru_cache(maxsize=256)
def _load(key: str, folder: Path) -> Template:
    path = folder / f"{key.partition('/')[2]}.typ"
    if not path.is_file():
        raise Missing("template", t("没有证照模板“{key}”", "There is no document template “{key}”").fill(key=key))
    digest = hashlib.sha256()
    for file in (path, *_companions(path)):
        source = file.read_bytes()
        if file.suffix == ".typ" and file.parent == folder and _FORBIDDEN.search(source.decode()):
            raise Refused(
                "template_unsafe", t("模板“{key}”使用了不允许的语句", "Template “{key}” uses a construct that is not allowed").fill(key=key)
            )
        digest.update(file.name.encode() + b"\0" + hashlib.sha256(source).digest())
    return Template(key, path, digest.hexdigest())


def _companions(path: Path) -> list[Path]:
    """Every other file that a template may import: its own folder and the kernel's layouts."""
    own = (file for file in path.parent.iterdir() if file.is_file() and file != path)
    return sorted(own) + sorted(file for file in (_PACKAGES / "zimao").rglob("*") if file.is_file())


def template(key: str) -> Template:
    """The template ``<owner>/<name>``; Missing when nobody registered it."""
    owner, _, name = key.partition("/")
    if owner not in _FOLDERS or not re.fullmatch(r"[a-z0-9_-]+", name):
        raise Missing("template", t("没有证照模板“{key}”", "There is no document template “{key}”").fill(key=key))
    return _load(key, _FOLDERS[owner])


def render(used: Template, data: Mapping[str, Any], *, at: datetime) -> Page:
    """Print ``data`` with a template. ``at`` is the time in the PDF's metadata: the same input gives the same bytes.

    Raises Refused naming field and character when a character has no glyph, Refused ``template_failed`` when the template
    cannot print this data (a field that it needs is not there).
    """
    check_glyphs(data)
    compiler = _compiler(used)
    try:
        pdf = compiler.compile(
            input=str(used.path), sys_inputs=_inputs(data), format="pdf", pdf_standards="a-2b", timestamp=int(at.timestamp())
        )
        found = json.loads(compiler.query("<zimao-seal>", field="value"))
    except typst.TypstError as error:
        raise _failed(used, error) from error
    return Page(cast(bytes, pdf), _box(found[-1]) if found else None)


def render_png(used: Template, data: Mapping[str, Any], *, dots_per_inch: int = 110) -> list[bytes]:
    """The pages as PNG images: for previews and for the eyes of a designer. Raises like :func:`render`."""
    check_glyphs(data)
    try:
        pages = _compiler(used).compile(input=str(used.path), sys_inputs=_inputs(data), format="png", ppi=dots_per_inch)
    except typst.TypstError as error:
        raise _failed(used, error) from error
    return pages if isinstance(pages, list) else [cast(bytes, pages)]


def _inputs(data: Mapping[str, Any]) -> dict[str, str]:
    return {"zimao": json.dumps(data, ensure_ascii=False)}


def _failed(used: Template, error: typst.TypstError) -> Refused:
    sentence = t("证照模板“{key}”无法生成文件：{why}", "Document template “{key}” cannot be printed: {why}")
    return Refused("template_failed", sentence.fill(key=used.key, why=error.message), "template")


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONT_FOLDER)])


def _compiler(used: Template) -> typst.Compiler:
    """One compiler for each thread and template folder: it keeps parsed sources and layouts, and holds its last input."""
    kept: dict[Path, typst.Compiler] = _local.__dict__.setdefault("compilers", {})
    root = used.path.parent
    if root not in kept:
        kept[root] = typst.Compiler(root=str(root), font_paths=_fonts(), ignore_system_fonts=True, package_path=str(_PACKAGES))
    return kept[root]


def _box(found: Mapping[str, float]) -> SealBox:
    left, top, size = found["x"], _A4_HEIGHT_PT - found["y"], found["size"]
    return SealBox(int(found["page"]) - 1, left, top - size, left + size, top)
