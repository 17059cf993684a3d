"""Is it genuine: codes, files, and what has been done to files."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pypdf import PdfReader, PdfWriter

from zimao.kernel.documents import codes, operations, queries, seals
from zimao.kernel.documents.ca import demo_authority
from zimao.kernel.documents.keys import open_key
from zimao.kernel.documents.models import Document
from zimao.kernel.documents.render import SealBox
from zimao.kernel.documents.signing import Signatory, check_signature, sign
from zimao.kernel.documents.tests.builders import AT, Office, issue_one
from zimao.kernel.errors import Refused
from zimao.kernel.operations import Act

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(office: Office) -> Document:
    return issue_one(office)


def pdf_of(document: Document) -> bytes:
    return queries.pdf_of(document)


def test_original_file_is_genuine(document: Document) -> None:
    found = queries.verify_pdf(pdf_of(document), at=AT)
    assert found.good
    assert found.same_file is True
    assert found.signature is not None
    assert found.signature.genuine
    assert found.signature.seal == "示例海事局船舶登记专用章"
    assert found.document is not None
    assert found.document.number == document.number


def test_signature_is_pades_and_covers_the_seal(document: Document) -> None:
    reader = PdfReader(io.BytesIO(pdf_of(document)))
    field = next(iter(reader.get_fields().values()))
    widget = next(a.get_object() for a in reader.pages[0]["/Annots"] if a.get_object().get("/FT") == "/Sig")
    left, bottom, right, top = (float(n) for n in widget["/Rect"])
    assert field["/V"]["/SubFilter"] == "/ETSI.CAdES.detached"
    assert widget["/F"] & 4
    assert "/AP" in widget
    assert right - left == pytest.approx(42 * 72 / 25.4, abs=1)
    assert top - bottom == pytest.approx(42 * 72 / 25.4, abs=1)


@pytest.mark.parametrize("share", [0.0005, 0.05, 0.3, 0.5, 0.7, 0.95, 0.999])
def test_one_flipped_bit_is_not_valid(document: Document, share: float) -> None:
    changed = bytearray(pdf_of(document))
    changed[max(8, int(len(changed) * share))] ^= 1
    found = queries.verify_pdf(bytes(changed), at=AT)
    assert found.status in {"altered", "unknown"}
    assert found.same_file is False


def test_byte_in_the_signatures_padding_is_noticed(document: Document) -> None:
    changed = bytearray(pdf_of(document))
    place = changed.index(b"0" * 2000) + 1000
    changed[place : place + 1] = b"1"
    found = queries.verify_pdf(bytes(changed), at=AT)
    assert not found.good
    assert found.same_file is False


def test_incremental_update_is_altered_and_leads_to_the_original(document: Document) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf_of(document)))
    writer.root["/Lang"] = writer.root["/Lang"].__class__("en")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    found = queries.verify_pdf(out.getvalue(), at=AT)
    assert found.status == "altered"
    assert found.document is not None
    assert found.document.number == document.number
    assert found.signature is not None
    assert not found.signature.whole_file


@pytest.mark.parametrize("tail", [b"\n", b"%comment", b"\x00" * 100])
def test_appended_bytes_are_altered(document: Document, tail: bytes) -> None:
    assert queries.verify_pdf(pdf_of(document) + tail, at=AT).status == "altered"


def test_swapped_content_is_not_valid(office: Office, document: Document) -> None:
    other = issue_one(office, subject="SR-2")
    reader = PdfReader(io.BytesIO(pdf_of(document)))
    writer = PdfWriter(clone_from=reader)
    writer.pages[0].merge_page(PdfReader(io.BytesIO(pdf_of(other))).pages[0])
    out = io.BytesIO()
    writer.write(out)
    assert queries.verify_pdf(out.getvalue(), at=AT).status in {"altered", "unknown"}


def test_signed_head_with_another_tail(office: Office, document: Document) -> None:
    a, b = pdf_of(document), pdf_of(issue_one(office, subject="SR-2"))
    assert queries.verify_pdf(a[: len(a) // 2] + b[len(b) // 2 :], at=AT).status in {"altered", "unknown"}


def unsigned(document: Document) -> bytes:
    pdf = pdf_of(document)
    return pdf[: pdf.index(b"%%EOF") + 6]


def test_file_without_a_seal_is_unknown(document: Document) -> None:
    found = queries.verify_pdf(unsigned(document), at=AT)
    assert found.status == "unknown"
    assert found.signature is not None
    assert not found.signature.signed


def test_foreign_authority_is_not_trusted(document: Document, tmp_path) -> None:
    foreign = demo_authority(tmp_path / "foreign")
    made = foreign.certify("示例海事局", organization="示例海事局", valid_from=AT - timedelta(days=9), valid_to=AT + timedelta(days=9))
    forged = sign(
        unsigned(document),
        Signatory(made.chain, open_key(made.key_reference, tmp_path / "foreign")),
        box=SealBox(0, 10, 10, 60, 60),
        reason="x",
        at=AT,
    )
    found = queries.verify_pdf(forged, at=AT)
    assert found.status == "unknown"
    assert found.signature is not None
    assert found.signature.intact
    assert not found.signature.trusted
    assert "不是本平台信任" in found.sentence.zh


def test_trusted_seal_on_a_file_that_was_never_issued(office: Office, document: Document) -> None:
    seal = document.seal
    stray = sign(unsigned(document), seals.signatory_of(seal, at=AT), box=None, reason="x", at=AT)
    found = queries.verify_pdf(stray, at=AT)
    assert found.status == "unknown"
    assert found.signature is not None
    assert found.signature.genuine
    assert "不在登记簿" in found.sentence.zh


def test_trust_is_judged_on_the_day_of_issue(document: Document) -> None:
    pdf = pdf_of(document)
    after_the_certificate = datetime(2040, 1, 1, tzinfo=UTC)
    assert not check_signature(pdf, seals.trust_roots(), moment=after_the_certificate).trusted
    found = queries.verify_pdf(pdf, at=after_the_certificate)
    assert found.status == "expired"
    assert found.signature is not None
    assert found.signature.trusted


def encrypted(document: Document) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(unsigned(document))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda _: b"", "文件为空"),
        (lambda _: b"\x89PNG\r\n\x1a\n" + b"0" * 100, "不是 PDF"),
        (lambda _: b"PK\x03\x04", "不是 PDF"),
        (encrypted, "已加密"),
        (lambda _: b"%PDF-1.7\n" + b"0" * (20 * 1024 * 1024), "20 MB"),
    ],
)
def test_what_is_no_readable_pdf_is_refused(document: Document, content, words: str) -> None:
    with pytest.raises(Refused) as caught:
        queries.verify_pdf(content(document), at=AT)
    assert caught.value.field == "file"
    assert words in caught.value.sentence.zh


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7", b"%PDF-1.7\n%%EOF", b"%PDF-" + bytes(range(256)) * 40, b"%PDF-1.4\ntrailer<</Root 1 0 R>>\nstartxref\n5\n%%EOF"],
)
def test_broken_pdfs_are_unknown_not_errors(db, content: bytes) -> None:
    assert queries.verify_pdf(content, at=AT).status == "unknown"


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (datetime(2029, 5, 14, 15, 59, tzinfo=UTC), "valid"),
        (datetime(2029, 5, 14, 16, 0, tzinfo=UTC), "expired"),
    ],
)
def test_last_day_ends_at_midnight_in_the_zone(document: Document, at: datetime, status: str) -> None:
    assert queries.verify_code(document.code, at=at).status == status


def test_not_yet_valid(office: Office) -> None:
    document = issue_one(office, valid_from=date(2024, 6, 1))
    assert queries.verify_code(document.code, at=AT).status == "not_yet_valid"
    assert queries.verify_code(document.code, at=AT + timedelta(days=20)).status == "valid"


def test_revoked_stays_revoked_after_its_last_day(office: Office, document: Document) -> None:
    operations.revoke(Act(office.registrar, AT), document_id=document.pk, reason="x")
    assert queries.verify_code(document.code, at=datetime(2040, 1, 1, tzinfo=UTC)).status == "revoked"


def test_public_answer_is_masked_and_however_typed(document: Document) -> None:
    found = queries.verify_code(codes.grouped(document.code).lower(), at=AT)
    assert found.document is not None
    assert [value for _, value in found.document.facts] == ["闽海油 16", "王*明"]
    assert "王小明" not in repr(found)


def test_typing_slip_and_unknown_code_say_different_things(document: Document) -> None:
    slip = queries.verify_code(document.code[:-1], at=AT)
    unknown = queries.verify_code(codes.new_code(), at=AT)
    assert slip.status == unknown.status == "unknown"
    assert slip.sentence != unknown.sentence
    assert slip.document is unknown.document is None
