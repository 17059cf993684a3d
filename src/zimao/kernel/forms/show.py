"""How a field is shown to people: its words, its unit, its choices, when it is asked at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

from zimao.kernel.text import Text

__all__ = ["Choices", "Show", "Widget"]

Choices = Mapping[str, Text] | Callable[[], Mapping[str, Text]]
Widget = Literal["text", "textarea", "select", "radio", "checkboxes", "lines", "hidden", "password", "email", "tel"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Show:
    """Put into ``Annotated`` beside the rules of the field.

    ``label``       the name of the field
    ``help``        one sentence on what to fill in
    ``example``     a value that would be accepted; it is also named when the value has the wrong form
    ``unit``        printed after the input, such as ``GT`` or ``%``
    ``widget``      the control, when the one that follows from the type is not the right one
    ``choices``     value -> words; for a text field they are suggestions, for a Literal or an enum the words of its values;
                    a function is asked each time the form is shown, for lists that live in dated tables
    ``shown_if``    (field beside this one, values): only then is the field asked; otherwise its value is dropped
    ``needed``      the field must be filled in when it is asked, though it has a default
    ``autocomplete``  the HTML autofill token (WCAG 2.2, 1.3.5)
    """

    label: Text
    help: Text | None = None
    example: str = ""
    unit: str = ""
    widget: Widget | None = None
    choices: Choices | None = None
    shown_if: tuple[str, tuple[str, ...]] | None = None
    needed: bool = False
    autocomplete: str = "off"

    def words(self) -> Mapping[str, Text]:
        """The choices as they are now."""
        found = self.choices() if callable(self.choices) else self.choices
        return found or {}

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core)
        return {**schema, **self.as_schema()}

    def as_schema(self) -> dict[str, Any]:
        """The keywords that this adds to the field's JSON schema; ``x-`` ones are ours."""
        found: dict[str, Any] = {"title": f"{self.label.zh} / {self.label.en}", "x-label": _both(self.label)}
        if self.help:
            found |= {"description": f"{self.help.zh} / {self.help.en}", "x-help": _both(self.help)}
        if self.example:
            found["examples"] = [self.example]
        if self.unit:
            found["x-unit"] = self.unit
        if isinstance(self.choices, Mapping):
            found["x-choices"] = {value: _both(words) for value, words in self.choices.items()}
        if self.needed:
            found["x-needed"] = True
        if self.shown_if:
            found["x-shown-if"] = {"field": self.shown_if[0], "values": list(self.shown_if[1])}
        return found


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
