"""What anyone may read of the log: checkpoint, tiles (C2SP tlog-tiles), proofs, key. Mounted at ``/evidence``."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from zimao.kernel.errors import Missing
from zimao.kernel.evidence.bundles import ConsistencyBundle, EntryBundle
from zimao.kernel.evidence.checkpoints import latest_checkpoint, log_keys
from zimao.kernel.evidence.models import Leaf, SignedCheckpoint
from zimao.kernel.evidence.proofs import bundle, consistency_bundle
from zimao.kernel.evidence.store import read_tile
from zimao.kernel.evidence.tiles import HEIGHT, WIDTH, join, parse_tile_path
from zimao.kernel.text import t

router = Router()
_FOREVER = "public, max-age=31536000, immutable"


def _signed() -> SignedCheckpoint:
    found = latest_checkpoint()
    if found is None:
        raise Missing("checkpoint", t("尚未签署检查点", "No checkpoint has been signed yet"))
    return found


@router.get("/checkpoint", auth=None, summary="The newest signed checkpoint (C2SP tlog-checkpoint)")
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The signed note as text."""
    return HttpResponse(_signed().note, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"})


@router.get("/key", auth=None, summary="The log's verifier keys, the newest first")
def key(request: HttpRequest) -> dict[str, Any]:
    """Keys as vkey text; older ones have signed earlier checkpoints."""
    return {"origin": _signed().note.partition("\n")[0], "keys": log_keys()}


@router.get("/tile/{path:path}", auth=None, summary="A tile of hashes, or a bundle of entries (C2SP tlog-tiles)")
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """The bytes of a tile; a checkpoint must cover all of it."""
    asked = parse_tile_path(path)
    level, index, width = asked if asked else (0, 0, 0)
    covered = _signed().size >> (HEIGHT * (level or 0))
    if not asked or index * WIDTH + width > covered:
        raise Missing("tile", t("没有该节点块", "There is no such tile"))
    found = _entries(index, width) if level is None else join(read_tile(level, index)[:width])
    return HttpResponse(found, content_type="application/octet-stream", headers={"Cache-Control": _FOREVER})


def _entries(index: int, width: int) -> bytes:
    first = index * WIDTH
    rows = Leaf.objects.filter(index__gte=first, index__lt=first + width).order_by("index").values_list("entry", flat=True)
    return b"".join(len(entry).to_bytes(2) + bytes(entry) for entry in rows)


@router.get("/entries/{int:index}/proof", auth=None, response=EntryBundle, exclude_none=True, summary="The proof file of one entry")
def proof(request: HttpRequest, index: int) -> dict[str, Any]:
    """The entry, its inclusion proof and the checkpoint: verify it offline. Nothing private is in it."""
    return bundle(index)


@router.get("/consistency", auth=None, response=ConsistencyBundle, summary="The proof file of growth between two checkpoints")
def consistency(request: HttpRequest, old: int, new: int) -> dict[str, Any]:
    """Both sizes must have been signed."""
    return consistency_bundle(old, new)
