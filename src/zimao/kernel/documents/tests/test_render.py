"""Pages: what is printed, what is refused, what cannot be smuggled in."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from zimao.kernel.documents import codes, glyphs
from zimao.kernel.documents.frame import FRAME, drawn
from zimao.kernel.documents.render import register_templates, render, render_png, template
from zimao.kernel.errors import Missing, Refused

AT = datetime(2024, 5, 15, tzinfo=UTC)


def printed(**data: object) -> dict[str, object]:
    return {
        "document": {
            "kind": "k",
            "number": "示〔2024〕1号",
            "title": {"zh": "船舶国籍证书", "en": "Certificate"},
            "code": codes.grouped("0" * 24),
            "code_lines": ["0000-0000-0000", "0000-0000-0000"],
            "verify_at": "http://localhost/verify",
            "issued": "2024-05-15",
            "valid_from": "2024-05-15",
            "valid_to": None,
            "replaces": None,
        },
        "seal": {
            "name": {"zh": "示例海事局", "en": "S"},
            "agency": {"zh": "示例海事局", "en": "Sample"},
            "inscription": "专用章",
            "diameter_mm": 42,
            "svg": None,
        },
        "qr": '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>',
        "data": {"statement": {"zh": "证明", "en": "Statement"}, "facts": [], **data},
    }


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_same_input_gives_the_same_bytes_and_is_pdf_a_2b() -> None:
    used = template("kernel/certificate")
    first, second = (render(used, printed(), at=AT) for _ in range(2))
    metadata = PdfReader(io.BytesIO(first.pdf)).trailer["/Root"]["/Metadata"].get_data().decode()
    assert first.pdf == second.pdf
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in metadata


def test_every_font_is_embedded() -> None:
    reader = PdfReader(io.BytesIO(render(template("kernel/certificate"), printed(), at=AT).pdf))
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    names = {str(font["/BaseFont"]) for font in fonts}
    assert fonts
    assert all("NotoSerifSC" in name or "NotoSansSC" in name for name in names)
    for font in fonts:
        assert "/FontFile3" in font["/DescendantFonts"][0].get_object()["/FontDescriptor"]


def test_kept_frame_is_what_its_source_draws() -> None:
    assert FRAME.read_bytes() == drawn(), "run: python -m zimao.kernel.documents.frame"


def test_seal_box_lies_on_the_page() -> None:
    box = render(template("kernel/certificate"), printed(), at=AT).seal
    assert box is not None
    assert box.page == 0
    assert 0 < box.left < box.right < 595.3
    assert 0 < box.bottom < box.top < 841.9
    assert box.right - box.left == pytest.approx(42 * 72 / 25.4)


def test_long_certificate_keeps_the_seal_on_its_last_page() -> None:
    facts = [{"zh": f"事项{n}", "en": f"Fact {n}", "value": "内容" * 20, "wide": True} for n in range(40)]
    page = render(template("kernel/certificate"), printed(facts=facts), at=AT)
    assert page.seal is not None
    assert page.seal.page == len(PdfReader(io.BytesIO(page.pdf)).pages) - 1 > 0


@pytest.mark.parametrize("count", [0, 8, 17])
def test_a_body_that_is_a_little_too_long_is_set_smaller_and_keeps_to_its_page(count: int) -> None:
    # 17 pairs are a manning certificate: at full size its seal would stand on a second page, alone
    facts = [{"zh": f"值班水手{n}", "en": f"Rating forming part of a watch {n}", "value": str(n)} for n in range(count)]
    page = render(template("kernel/certificate"), printed(facts=facts), at=AT)
    assert len(PdfReader(io.BytesIO(page.pdf)).pages) == 1
    text = text_of(page.pdf).replace(" ", "")
    assert all(f"值班水手{n}" in text for n in range(count))


def test_a_fact_without_a_partner_takes_its_row() -> None:
    facts = [{"zh": name, "en": name, "value": name * 12, "wide": name == "乙"} for name in "甲乙丙丁戊"]
    text = text_of(render(template("kernel/certificate"), printed(facts=facts), at=AT).pdf)
    assert all(name * 12 in text for name in "甲乙戊")  # 12 characters fit on one line of a whole row only
    assert all(name * 12 not in text for name in "丙丁")


@pytest.mark.parametrize(
    "hostile",
    [
        '#eval("1+1")',
        '#read("/etc/passwd")',
        "$x^2$",
        "*bold* _it_ `raw`",
        '"); #panic("x")',
        "<svg onload=x>",
        '\\u{41} #import "/x"',
        "{{7*7}}",
    ],
)
def test_data_is_only_data(hostile: str) -> None:
    facts = [{"zh": "船名", "en": "Name", "value": hostile, "wide": True}]
    shown = text_of(render(template("kernel/certificate"), printed(facts=facts), at=AT).pdf)
    assert hostile.replace(" ", "") in shown.replace(" ", "").replace("\n", "")


@pytest.mark.parametrize(
    ("value", "point"),
    [
        ("𠮷田丸", "U+20BB7"),
        ("闽\u202e海", "U+202E"),
        ("a\u200bb", "U+200B"),
        ("\x00", "U+0000"),
        ("\ud800", "U+D800"),
        ("\ue000", "U+E000"),
    ],
)
def test_missing_glyph_names_field_and_character(value: str, point: str) -> None:
    with pytest.raises(Refused) as caught:
        render(template("kernel/certificate"), printed(facts=[{"zh": "船名", "en": "Name", "value": value}]), at=AT)
    assert caught.value.code == "missing_glyph"
    assert caught.value.field == "data.facts.0.value"
    assert point in caught.value.sentence.zh
    assert point in caught.value.sentence.en


def test_every_missing_glyph_is_named_at_once() -> None:
    with pytest.raises(Refused) as caught:
        glyphs.check_glyphs({"name": "𠮷𠮷", "list": ["好", {"deep": "𡃁"}]})
    assert [(problem.field, problem.sentence.en.count("U+")) for problem in caught.value.problems] == [("name", 1), ("list.1.deep", 1)]


def test_template_that_misses_a_field_says_so() -> None:
    with pytest.raises(Refused) as caught:
        render(template("kernel/letter"), printed(), at=AT)
    assert caught.value.code == "template_failed"
    assert "addressee" in caught.value.sentence.en


@pytest.mark.parametrize("key", ["kernel/none", "nobody/certificate", "kernel/../lib", "kernel/", "certificate"])
def test_unknown_template_is_missing(key: str) -> None:
    with pytest.raises(Missing):
        template(key)


@pytest.mark.parametrize("source", ['#eval("1")', '#read("x")', '#import "@preview/cetz:0.1.0"', '#plugin("x.wasm")'])
def test_template_with_a_forbidden_construct_is_refused(tmp_path, source: str) -> None:
    (tmp_path / "bad.typ").write_text(source)
    register_templates("unsafe", tmp_path)
    with pytest.raises(Refused) as caught:
        template("unsafe/bad")
    assert caught.value.code == "template_unsafe"


def test_template_hash_covers_its_companions(tmp_path) -> None:
    found = set()
    for place, shared in (("a", "#let x = 1"), ("b", "#let x = 2")):
        folder = tmp_path / place
        folder.mkdir()
        (folder / "one.typ").write_text('#import "shared.typ": x\n#x')
        (folder / "shared.typ").write_text(shared)
        register_templates(f"hash{place}", folder)
        found.add(template(f"hash{place}/one").sha256)
    assert len(found) == 2


def test_service_template_imports_the_shared_layouts(tmp_path) -> None:
    (tmp_path / "mine.typ").write_text(
        '#import "@zimao/documents:1.0.0": certificate, input\n#let d = input()\n#certificate(d)[#d.data.ship]'
    )
    register_templates("mine", tmp_path)
    page = render(template("mine/mine"), printed(ship="闽海油"), at=AT)
    assert "闽海油" in text_of(page.pdf)
    assert page.seal is not None


def test_letter_and_its_preview() -> None:
    data = printed(addressee={"zh": "某公司", "en": "A company"}, paragraphs=[{"zh": "不予许可。", "en": "Refused."}])
    shown = text_of(render(template("kernel/letter"), data, at=AT).pdf)
    images = render_png(template("kernel/letter"), data, dots_per_inch=40)
    assert "不予许可" in shown
    assert "Refused." in shown
    assert images[0].startswith(b"\x89PNG")


@given(st.integers(0, 31), st.integers(0, 23))
def test_one_wrong_character_of_a_code_is_noticed(put: int, place: int) -> None:
    code = codes.new_code()
    wrong = code[:place] + codes.ALPHABET[put] + code[place + 1 :]
    assert codes.is_well_formed(code)
    assert codes.is_well_formed(wrong) == (wrong == code)


@pytest.mark.parametrize(
    "spelling",
    [
        str.lower,
        codes.grouped,
        lambda c: f" {c[:9]} {c[9:]} ",
        lambda c: c.replace("0", "O").replace("1", "l"),
        lambda c: f"https://a.cn/verify/{codes.grouped(c)}/",
        lambda c: "".join(chr(ord(x) + 0xFEE0) for x in c),
        lambda c: codes.grouped(c).replace("-", "—"),
    ],
)
def test_codes_are_read_however_they_are_typed(spelling) -> None:
    code = codes.new_code()
    assert codes.normalized(spelling(code)) == code


def test_codes_have_no_ambiguous_letters_and_differ() -> None:
    made = {codes.new_code() for _ in range(200)}
    assert len(made) == 200
    assert not set("".join(made)) & set("ILOU")
    assert {len(code) for code in made} == {24}
