"""The JSON schema that packs carry: the same rules, the words of both languages, the same every time."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from zimao.kernel.forms import json_schema
from zimao.kernel.forms.tests.odd import NoWords
from zimao.kernel.forms.tests.sample import Application


def field(path):
    schema = json_schema(Application)
    here = schema
    for part in path.split("."):
        if "$ref" in here:
            here = schema["$defs"][here["$ref"].rpartition("/")[2]]
        here = here["properties"][part] if "properties" in here else here[part]
    return here


def test_rules_and_words_stand_side_by_side():
    assert field("ship.name").items() >= {"type": "string", "minLength": 2, "maxLength": 20}.items()
    assert field("ship.name")["x-label"] == {"zh": "船名", "en": "Ship"}
    assert field("ship.name")["x-help"] == {"zh": "须核准。", "en": "As approved."}
    assert field("ship.name")["examples"] == ["闽海油6"]
    assert field("ship.tonnage")["x-unit"] == "GT"
    assert field("ship.cargoes")["x-choices"]["oil"] == {"zh": "油", "en": "Oil"}
    assert field("owners")["minItems"] == 1
    assert field("owners")["x-label"] == {"zh": "所有人", "en": "Owners"}
    assert field("ship")["x-label"] == {"zh": "船舶", "en": "The ship"}
    assert field("delivery.address")["x-shown-if"] == {"field": "kind", "values": ["post"]}
    assert field("delivery.address")["x-needed"] is True


def test_choices_of_dated_tables_are_left_to_the_tables():
    assert "x-choices" not in field("ship.port")


def test_it_is_plain_json_with_its_dialect_and_required_fields():
    schema = json_schema(Application)
    assert json.loads(json.dumps(schema)) == schema
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["ship", "owners"]
    assert schema["additionalProperties"] is False


def test_another_process_writes_the_same_bytes():
    program = (
        "import json; from zimao.kernel.forms import json_schema; from zimao.kernel.forms.tests.sample import Application;"
        "print(json.dumps(json_schema(Application)))"
    )
    path = {"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7"}
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=path).stdout
    assert other.strip() == json.dumps(json_schema(Application))


def test_a_model_that_is_no_form_has_no_schema():
    with pytest.raises(TypeError, match="NoWords"):
        json_schema(NoWords)
