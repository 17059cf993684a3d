"""Models that cannot be forms, with what is said about each."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel

from zimao.kernel.forms import Show
from zimao.kernel.text import t

LABEL = t("项", "Field")


class NoWords(BaseModel):
    field: str


class NoControl(BaseModel):
    field: Annotated[dict[str, int], Show(label=LABEL)]


class Numbers(BaseModel):
    field: Annotated[Literal[1, 2], Show(label=LABEL)]


class Stranger(BaseModel):
    field: Annotated[str, Show(label=LABEL, shown_if=("other", ("a",)))] = ""


class Forward(BaseModel):
    field: Annotated[str, Show(label=LABEL, shown_if=("later", ("a",)))] = ""
    later: Annotated[str, Show(label=LABEL)] = ""


class NoDefault(BaseModel):
    first: Annotated[str, Show(label=LABEL)]
    field: Annotated[str, Show(label=LABEL, shown_if=("first", ("a",)))]


MODELS = [
    (NoWords, "has no Show"),
    (NoControl, "has no control"),
    (Numbers, "has no control"),
    (Stranger, "no field beside it"),
    (Forward, "before it"),
    (NoDefault, "give it a default"),
]
