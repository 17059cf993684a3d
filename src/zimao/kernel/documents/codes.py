"""Verification codes: 115 random bits in 23 characters and one check character, printed as six groups of four.

The alphabet is Crockford's base 32 (no I, L, O, U); what people type instead of a digit is read as that digit. The check
character is that of ISO/IEC 7064's hybrid system (MOD 33,32), so a typing slip is told from a code that does not exist.
"""

from __future__ import annotations

import secrets
import unicodedata

from stdnum.iso7064 import mod_37_36

__all__ = ["ALPHABET", "grouped", "is_well_formed", "new_code", "normalized"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM = 23
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    """A fresh code without separators."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM))
    return body + str(mod_37_36.calc_check_digit(body, alphabet=ALPHABET))


def normalized(typed: str) -> str:
    """What was typed or pasted, in the one spelling that is stored.

    Of a pasted address the last part counts; full-width characters become plain ones, spaces and dashes go, O is read as 0,
    I and L as 1.
    """
    plain = unicodedata.normalize("NFKC", typed).strip().rstrip("/").rpartition("/")[2].upper().translate(_READ_AS)
    return "".join(character for character in plain if not character.isspace() and unicodedata.category(character) != "Pd")


def is_well_formed(code: str) -> bool:
    """True when a normalized code has the right length, alphabet and check character."""
    return len(code) == _RANDOM + 1 and set(code) <= set(ALPHABET) and bool(mod_37_36.is_valid(code, alphabet=ALPHABET))


def grouped(code: str) -> str:
    """The code as it is printed: ``XXXX-XXXX-XXXX-XXXX-XXXX-XXXX``."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
