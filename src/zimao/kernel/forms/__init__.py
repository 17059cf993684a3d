"""One Pydantic model per form: the API's body, the page's form and the pack's JSON schema all come from it.

Everything but ``field_answer`` is free of Django, so that a form may be used in rules, in the lab and on the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zimao.kernel._door import lazy_door
from zimao.kernel.forms.bound import BoundField, BoundForm, BoundRow, BoundSection, Option, bind
from zimao.kernel.forms.checking import draft, field_problems, problems_of, validate
from zimao.kernel.forms.reading import parse, read, wants_rows
from zimao.kernel.forms.schema import json_schema
from zimao.kernel.forms.show import Show

if TYPE_CHECKING:
    from zimao.kernel.forms.web import field_answer

__all__ = [
    "BoundField",
    "BoundForm",
    "BoundRow",
    "BoundSection",
    "Option",
    "Show",
    "bind",
    "draft",
    "field_answer",
    "field_problems",
    "json_schema",
    "parse",
    "problems_of",
    "read",
    "validate",
    "wants_rows",
]

__getattr__, __dir__ = lazy_door(__name__, {"field_answer": ".web"})
