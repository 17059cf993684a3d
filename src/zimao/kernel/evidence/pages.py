"""The public page of the log: its newest checkpoint, and a form that verifies a proof file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from zimao.kernel.evidence.checkpoints import latest_checkpoint, log_keys
from zimao.kernel.evidence.notes import parse_checkpoint
from zimao.kernel.evidence.offline import Check, Report, verify_bundle
from zimao.kernel.text import t

MAX_UPLOAD = 5 * 1024 * 1024


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Show the newest checkpoint; with a POSTed ``proof`` file also the verdict on it, against this log's own keys."""
    signed = latest_checkpoint()
    keys = log_keys()
    report = _verdict(request, keys) if request.method == "POST" else None
    head = parse_checkpoint(signed.note.partition("\n\n")[0] + "\n") if signed else None
    context = {"signed": signed, "head": head, "keys": keys, "report": report, "language": get_language() or "zh"}
    return render(request, "evidence/home.html", context, status=422 if report and not report.valid else 200)


def _verdict(request: HttpRequest, keys: list[str]) -> Report:
    file = request.FILES.get("proof")
    if file is None or isinstance(file, list):
        return Report((Check("file", False, t("请选择证明文件", "Choose a proof file")),))
    if (file.size or 0) > MAX_UPLOAD:
        return Report((Check("file", False, t("文件过大（上限 5 MB）", "The file is too large (at most 5 MB)")),))
    data = file.read()
    for key in keys:
        report = verify_bundle(data, key)
        if report.valid:
            return report
    return verify_bundle(data, keys[0] if keys else None)
