"""Signed documents per second in one process, with the parts, beside pyHanko signing alone (the lower bound of the time).

    python bench/documents.py [documents]

Prints one JSON line. ``issue`` is everything: number, page, signature, file forced to disk, row, history, evidence and event
in one transaction for each document; ``batch_of_7`` is a case with seven certificates in one transaction. The peer signs one
finished page again and again with pyHanko's own signer and its defaults (PAdES B-B, P-256), and keeps nothing. The floor is that and
the bare compilation of the page: what any issuer on these two libraries has to spend.

Measured with the command above on 2 cores shared with other work (load 2 to 8), Python 3.11, four runs, p50: issue 80, 96, 145 and 148 ms
(7 to 11 documents a second), peer signing alone 44 to 84 ms; issue over peer 1.6 to 2.5, over the floor 1.0 to 1.4. Within a
run the ratios hold better than the times, which follow the load. A case with seven certificates: 650 to 1,070 ms.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HOME = tempfile.mkdtemp(prefix="zimao-bench-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ.setdefault("ZIMAO_HOME", HOME)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zimao.settings")
sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

import django  # noqa: E402 - settings come from the environment above

django.setup()

from django.core.management import call_command  # noqa: E402
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: E402
from pyhanko.sign import signers  # noqa: E402
from pyhanko.sign.fields import SigSeedSubFilter  # noqa: E402

from zimao.kernel.documents import queries, store  # noqa: E402
from zimao.kernel.documents.issuing import _printed  # noqa: E402 - the bench times the parts one by one
from zimao.kernel.documents.keys import open_key  # noqa: E402
from zimao.kernel.documents.models import Document, ESeal  # noqa: E402
from zimao.kernel.documents.render import render, template  # noqa: E402
from zimao.kernel.documents.seals import key_folder, signatory_of  # noqa: E402
from zimao.kernel.documents.signing import sign  # noqa: E402
from zimao.kernel.documents.tests.builders import AT, make, open_office, request  # noqa: E402
from zimao.kernel.operations import Act  # noqa: E402


def _times(runs: int, call: Callable[[int], Any]) -> dict[str, float]:
    call(-1)
    taken = []
    for run in range(runs):
        start = time.perf_counter()
        call(run)
        taken.append(time.perf_counter() - start)
    taken.sort()
    return {
        "p50_ms": round(statistics.median(taken) * 1000, 1),
        "p95_ms": round(taken[int(len(taken) * 0.95)] * 1000, 1),
        "per_s": round(runs / sum(taken), 1),
    }


def _peer(seal: ESeal, page: bytes) -> Callable[[int], Any]:
    key_file = key_folder() / seal.key_reference.removeprefix("file:")
    folder = Path(tempfile.mkdtemp())
    own, *others = [part + "-----END CERTIFICATE-----\n" for part in seal.chain.split("-----END CERTIFICATE-----\n") if part.strip()]
    (folder / "own.pem").write_text(own)
    for number, other in enumerate(others):
        (folder / f"{number}.pem").write_text(other)
    chain = [str(folder / f"{number}.pem") for number in range(len(others))]
    signer = signers.SimpleSigner.load(str(key_file), str(folder / "own.pem"), ca_chain_files=chain)
    meta = signers.PdfSignatureMetadata(field_name="Sig", subfilter=SigSeedSubFilter.PADES)
    return lambda _: signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(page)), meta, signer=signer)


def main(runs: int) -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    office = open_office()
    (pk,) = make(Act(office.officer, AT), requests=[request(subject="first")])
    document = Document.objects.select_related("seal").get(pk=pk)
    seal, used = document.seal, template("kernel/certificate")
    signatory = signatory_of(seal, at=AT)
    open_key(seal.key_reference, key_folder())

    def page_of(run: int) -> Any:
        document.number = f"示船国〔2024〕{run:06d}号"
        return render(used, _printed(document), at=AT)

    page = page_of(0)
    pdf = queries.pdf_of(document)
    found = {
        "render": _times(runs, page_of),
        "sign": _times(runs, lambda run: sign(page.pdf, signatory, box=page.seal, reason=f"n{run}", at=AT)),
        "store": _times(runs, lambda run: store.put(pdf + str(run).encode())),
        "issue": _times(runs, lambda run: make(Act(office.officer, AT), requests=[request(subject=f"one-{run}")])),
        "verify_pdf": _times(runs, lambda _: queries.verify_pdf(pdf, at=AT)),
        "peer_pyhanko_sign_only": _times(runs, _peer(seal, page.pdf)),
    }
    batches = max(3, runs // 10)
    seven = _times(batches, lambda run: make(Act(office.officer, AT), requests=[request(subject=f"b{run}-{n}") for n in range(7)]))
    whole, peer = found["issue"]["p50_ms"], found["peer_pyhanko_sign_only"]["p50_ms"]
    ratios = {"issue_over_peer": round(whole / peer, 2), "issue_over_floor": round(whole / (found["render"]["p50_ms"] + peer), 2)}
    line = {"bench": "documents", "runs": runs, "pdf_bytes": len(pdf), **found, "batch_of_7": seven, **ratios}
    print(json.dumps(line))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
