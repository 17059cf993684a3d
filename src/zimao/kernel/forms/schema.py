"""The JSON schema of a form, for packs and for whoever fills forms by program."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from zimao.kernel.forms.shape import shape

__all__ = ["DIALECT", "json_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what ``validate`` accepts.

    Words stand beside the rules in both languages: ``x-label``, ``x-help``, ``x-choices`` (``{"zh": …, "en": …}``), ``x-unit``,
    ``x-shown-if``, ``x-needed``. The same model always gives the same schema, key for key, so that packs can be compared;
    choices that are asked from a dated table are left out for that reason. TypeError when the model cannot be a form.
    """
    shape(model)
    return {"$schema": DIALECT, **model.model_json_schema(mode="validation")}
