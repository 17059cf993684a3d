"""The download of a material."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from zimao.kernel.cases.materials import read_material
from zimao.kernel.cases.opening import open_material
from zimao.kernel.errors import Unavailable
from zimao.kernel.text import t
from zimao.kernel.web import act_of

__all__ = ["material"]


@require_safe
def material(request: HttpRequest, pk: int) -> HttpResponse:
    """The file, as a download that no browser runs; an officer's look at it is recorded."""
    found = open_material(act_of(request), material_id=pk)
    try:
        content = read_material(found)
    except OSError as error:
        raise Unavailable("material_lost", t("文件暂时无法读取，请稍后再试", "The file cannot be read now; try again later")) from error
    answer = HttpResponse(content, content_type=found.media_type)
    answer["Content-Disposition"] = f"attachment; filename=\"material-{found.pk}\"; filename*=UTF-8''{quote(found.name, safe='')}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer
