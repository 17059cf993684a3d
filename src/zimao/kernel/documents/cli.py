"""``zimao documents``: check a document, print the root certificate, issue a demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone

from zimao.kernel.console import AsJson, language, output, refused
from zimao.kernel.documents import codes, queries, seals
from zimao.kernel.documents.demo import issue_demo as issue_demo_document
from zimao.kernel.documents.issuing import verification_url
from zimao.kernel.documents.signing import load_certificates
from zimao.kernel.errors import ZimaoError

app = typer.Typer(no_args_is_help=True, help="证照 Certificates and letters")


@app.command()
def verify(
    what: Annotated[str, typer.Argument(metavar="FILE.pdf|CODE", help="PDF 文件或核验码 · A PDF or a verification code")],
    as_json: AsJson = False,
) -> None:
    """核验证照；有效时退出码为 0，否则为 1，无法核验为 2 · Exit code 0 when valid, 1 when not, 2 when it cannot be checked."""
    path = Path(what)
    try:
        now = timezone.now()
        found = queries.verify_pdf(path.read_bytes(), at=now) if path.is_file() else queries.verify_code(what, at=now)
    except ZimaoError as error:
        raise refused(error, as_json, 2) from error
    reader = language()
    lines = [f"{found.label.into(reader)}: {found.sentence.into(reader)}", found.advice.into(reader)]
    if found.document is not None:
        lines.append(f"{found.document.title.into(reader)} {found.document.number}")
    output(found.as_dict(), lines, as_json)
    raise typer.Exit(0 if found.good else 1)


@app.command()
def ca(as_json: AsJson = False) -> None:
    """打印演示根证书（PEM），首次使用时生成 · Print the demo root certificate, made at first use."""
    pem = seals.demo_ca().root
    fingerprint = load_certificates(pem)[0].sha256.hex()
    output({"pem": pem, "sha256": fingerprint}, [pem.strip(), f"SHA-256 {fingerprint}"], as_json)


@app.command("issue-demo")
def issue_demo(
    out: Annotated[Path, typer.Option("--out", help="写入的文件 · File to write")] = Path("certificate-demo.pdf"),
    subject: Annotated[str, typer.Option("--subject", help="案号 · Case")] = "DEMO-1",
    as_json: AsJson = False,
) -> None:
    """签发一份演示证书（需 ZIMAO_DEMO=1） · Issue a demonstration certificate (needs ZIMAO_DEMO=1)."""
    try:
        document = issue_demo_document(subject=subject, at=timezone.now())
        out.write_bytes(queries.pdf_of(document))
    except ZimaoError as error:
        raise refused(error, as_json, 2) from error
    url = verification_url(document.code)
    found = {"number": document.number, "code": codes.grouped(document.code), "sha256": document.pdf_sha256, "url": url, "file": str(out)}
    output(found, [f"{document.title_zh} {document.number}", url, str(out)], as_json)
