"""Identifiers of persons, enterprises, ships, containers and accounts: normalised, checked, and refused with a reason.

Pure: no database, no clock. Full-width characters and spaces of a Chinese input method are normalised first (NFKC), so
``９１１１０…`` and ``9111 0…`` are the same code. The arithmetic is python-stdnum's; this module adds the shape checks that
it leaves out and the sentences that say what is wrong. The right check digit is never told: it would help to forge one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

from stdnum import iban as iban_number
from stdnum import imo, iso6346, numdb
from stdnum import lei as lei_number
from stdnum.cn import ric
from stdnum.cn import uscc as credit_code
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, ValidationError

from zimao.kernel.errors import Refused
from zimao.kernel.text import Text, t

__all__ = ["SCHEMES", "check", "container_number", "iban", "imo_number", "lei", "mmsi", "normalised", "passport", "resident_id", "uscc"]


@dataclass(frozen=True, slots=True)
class _Shape:
    """How an identifier looks before any arithmetic: its words, its lengths and its pattern with the words for that."""

    scheme: str
    label: Text
    lengths: tuple[int, int]
    pattern: re.Pattern[str]
    made_of: Text


SCHEMES: Mapping[str, Text] = {
    "uscc": t("统一社会信用代码", "unified social credit code"),
    "resident_id": t("居民身份证号码", "resident identity number"),
    "passport": t("护照号码", "passport number"),
    "imo": t("IMO 编号", "IMO number"),
    "container": t("集装箱箱号", "container number"),
    "iban": t("国际银行账号（IBAN）", "IBAN"),
    "mmsi": t("水上移动业务标识码（MMSI）", "MMSI"),
    "lei": t("法人机构识别编码（LEI）", "LEI"),
}

_USCC = _Shape(
    "uscc",
    SCHEMES["uscc"],
    (18, 18),
    re.compile(r"[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}"),
    t(
        "前 8 位为数字，后 10 位为数字或除 I、O、S、V、Z 外的大写字母",
        "8 digits, then 10 digits or capital letters other than I, O, S, V, Z",
    ),
)
_RESIDENT = _Shape(
    "resident_id",
    SCHEMES["resident_id"],
    (18, 18),
    re.compile(r"[0-9]{17}[0-9X]"),
    t("17 位数字加一位数字或 X", "17 digits, then a digit or X"),
)
_PASSPORT = _Shape("passport", SCHEMES["passport"], (5, 9), re.compile(r"[0-9A-Z]+"), t("数字和大写字母", "digits and capital letters"))
_IMO = _Shape("imo", SCHEMES["imo"], (7, 7), re.compile(r"[0-9]{7}"), t("7 位数字", "7 digits"))
_CONTAINER = _Shape(
    "container",
    SCHEMES["container"],
    (11, 11),
    re.compile(r"[A-Z]{3}[UJZR][0-9]{7}"),
    t("3 位箱主代码、1 位类别码（U、J、Z 或 R）和 7 位数字", "3 letters of the owner, the category U, J, Z or R, then 7 digits"),
)
_IBAN = _Shape(
    "iban",
    SCHEMES["iban"],
    (15, 34),
    re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]+"),
    t("2 位国家代码、2 位校验码和账号", "2 letters of the country, 2 check digits, then the account"),
)
_MMSI = _Shape("mmsi", SCHEMES["mmsi"], (9, 9), re.compile(r"[0-9]{9}"), t("9 位数字", "9 digits"))
_LEI = _Shape(
    "lei",
    SCHEMES["lei"],
    (20, 20),
    re.compile(r"[0-9A-Z]{18}[0-9]{2}"),
    t("18 位数字或大写字母加 2 位校验码", "18 digits or capital letters, then 2 check digits"),
)


def normalised(value: str) -> str:
    """``value`` in half-width capitals without spaces and hyphens; nothing else is changed."""
    return re.sub(r"[\s\-‐‑–—]+", "", unicodedata.normalize("NFKC", value)).upper()


def uscc(value: str, field: str = "uscc") -> str:
    """A unified social credit code, GB 32100-2015 (17 characters and a check character, modulus 31)."""
    code = _shaped(_USCC, value, field)
    return _counted(_USCC, credit_code.validate, code, field)


def resident_id(value: str, field: str = "resident_id", *, on: date | None = None) -> str:
    """A resident identity number, GB 11643-1999: area, birth date, order, check character (ISO 7064 MOD 11-2).

    With ``on`` a birth date after that day is refused as well. The area must be or have been a division (GB/T 2260), not
    necessarily in the year of birth: numbers are given since 1984, also to those who were born before the division was.
    """
    number = _shaped(_RESIDENT, value, field)
    try:
        born = ric.get_birth_date(number)
    except InvalidComponent as error:
        raise _impossible_birth(field) from error
    if on is not None and born > on:
        raise _impossible_birth(field)
    if not _was_an_area(number[:6]):
        sentence = t("身份证号码前 6 位不是行政区划代码", "The first 6 digits of the identity number are not an area code")
        raise Refused("resident_id.area", sentence, field)
    return _counted(_RESIDENT, _with_check_character, number, field)


def passport(value: str, field: str = "passport") -> str:
    """A passport number, ICAO 9303 part 4: 5 to 9 letters and digits; it has no check digit of its own in print."""
    return _shaped(_PASSPORT, value, field)


def imo_number(value: str, field: str = "imo") -> str:
    """A ship's IMO number, resolution A.1117(30): seven digits; the prefix ``IMO`` may be there and is taken off."""
    number = _shaped(_IMO, normalised(value).removeprefix("IMO"), field)
    return _counted(_IMO, imo.validate, number, field)


def container_number(value: str, field: str = "container") -> str:
    """A freight container's number, ISO 6346 (owner, category, serial, check digit)."""
    number = _shaped(_CONTAINER, value, field)
    return _counted(_CONTAINER, iso6346.validate, number, field)


def iban(value: str, field: str = "iban") -> str:
    """An international bank account number, ISO 13616: country's own structure and ISO 7064 MOD 97-10."""
    number = _shaped(_IBAN, value, field)
    return _counted(_IBAN, iban_number.validate, number, field)


def mmsi(value: str, field: str = "mmsi", *, mids: Collection[str] = ()) -> str:
    """A ship station's maritime mobile service identity, ITU-R M.585: MID and six digits.

    ``mids`` are the maritime identification digits that are acceptable (a parameter: 412, 413 and 414 for China at the
    time of writing); when empty only the range of ship stations, 201 to 775, is asked for.
    """
    number = _shaped(_MMSI, value, field)
    mid = number[:3]
    if mids and mid not in mids:
        sentence = t("MMSI 前三位为 {mid}，应为 {mids} 之一", "The MMSI begins with {mid}; it must be one of {mids}")
        raise Refused("mmsi.mid", sentence.fill(mid=mid, mids=", ".join(sorted(mids))), field)
    if not "201" <= mid <= "775":
        sentence = t("MMSI 前三位 {mid} 不是船舶电台的国家识别数字", "{mid} is not the country part of a ship station's MMSI")
        raise Refused("mmsi.mid", sentence.fill(mid=mid), field)
    return number


def lei(value: str, field: str = "lei") -> str:
    """A legal entity identifier, ISO 17442: 18 characters and ISO 7064 MOD 97-10."""
    code = _shaped(_LEI, value, field)
    return _counted(_LEI, lei_number.validate, code, field)


_CHECKS: Mapping[str, Callable[[str, str], str]] = {
    "uscc": uscc,
    "resident_id": resident_id,
    "passport": passport,
    "imo": imo_number,
    "container": container_number,
    "iban": iban,
    "mmsi": mmsi,
    "lei": lei,
}


def check(scheme: str, value: str, field: str) -> str:
    """``value`` normalised under ``scheme`` (a key of SCHEMES), or Refused with ``<scheme>.<what>`` and the sentence."""
    if scheme not in _CHECKS:
        raise Refused(
            "identifier.scheme", t("不支持的证件或代码类型：{scheme}", "Unknown kind of identifier: {scheme}").fill(scheme=scheme), field
        )
    return _CHECKS[scheme](value, field)


def _shaped(shape: _Shape, value: str, field: str) -> str:
    text = normalised(value)
    least, most = shape.lengths
    if not least <= len(text) <= most:
        wanted = str(least) if least == most else f"{least}–{most}"
        sentence = t("{label}应为 {wanted} 位，现为 {found} 位", "The {label} has {wanted} characters; {found} were given")
        raise Refused(f"{shape.scheme}.length", sentence.fill(label=shape.label, wanted=wanted, found=len(text)), field)
    if not shape.pattern.fullmatch(text):
        sentence = t("{label}应为：{made_of}", "The {label} is made of: {made_of}").fill(label=shape.label, made_of=shape.made_of)
        raise Refused(f"{shape.scheme}.characters", sentence, field)
    return text


def _counted(shape: _Shape, validate: Callable[[str], str], number: str, field: str) -> str:
    """``number`` after stdnum's arithmetic; the words fit the kind of failure."""
    try:
        return validate(number)
    except InvalidChecksum as error:
        sentence = t("{label}校验码不符，请逐位核对", "The check digit of the {label} does not fit; compare it digit by digit").fill(
            label=shape.label
        )
        raise Refused(f"{shape.scheme}.check_digit", sentence, field) from error
    except (InvalidComponent, InvalidFormat) as error:
        sentence = t("{label}的国家或地区部分不存在或结构不符", "The country part of the {label} is unknown or its structure does not fit")
        raise Refused(f"{shape.scheme}.country", sentence.fill(label=shape.label), field) from error
    except ValidationError as error:
        raise Refused(f"{shape.scheme}.invalid", t("{label}无效", "The {label} is not valid").fill(label=shape.label), field) from error


def _was_an_area(code: str) -> bool:
    """True for a county, or a city without counties, that stdnum's table of divisions has or had."""
    return any(properties.get("county") for _, properties in numdb.get("cn/loc").info(code))


def _with_check_character(number: str) -> str:
    if number[-1] != ric.calc_check_digit(number):
        raise InvalidChecksum
    return number


def _impossible_birth(field: str) -> Refused:
    sentence = t("身份证号码第 7–14 位不是可能的出生日期", "Digits 7 to 14 of the identity number are not a possible date of birth")
    return Refused("resident_id.birth_date", sentence, field)
