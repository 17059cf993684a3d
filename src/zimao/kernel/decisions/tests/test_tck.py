"""The runner of conformance tests, on a small folder of our own in the kit's format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zimao.kernel.decisions.cli import app
from zimao.kernel.decisions.tests.builders import dmn, literal, table

CASES = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<modelName>fee.dmn</modelName>
<testCase id="1"><inputNode name="age"><value xsi:type="xsd:decimal">20</value></inputNode>
 <resultNode name="fee"><expected><list>
  <item><component name="sum"><value xsi:type="xsd:decimal">{sum}</value></component>
   <component name="note"><value xsi:type="xsd:string">young</value></component></item>
 </list></expected></resultNode>
 <resultNode name="half"><expected><value xsi:type="xsd:decimal">6.666666666</value></expected></resultNode></testCase>
<testCase id="2"><inputNode name="age"><value xsi:nil="true"/></inputNode>
 <resultNode name="half"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
<testCase id="3"><resultNode name="half" errorResult="true"/></testCase>
</testCases>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inputs = {"age": "number"}
    fee = table("fee", inputs, {"sum": "number", "note": "string"}, [["< 25", "5.50", '"young"'], ["> 60", "1", '"old"']], policy="COLLECT")
    (tmp_path / "fee.dmn").write_bytes(dmn(inputs, fee, literal("half", "age / 3", inputs=["age"])))
    (tmp_path / "fee-test-01.xml").write_text(CASES.format(sum="5.5"))
    return tmp_path


def test_a_folder_that_passes(folder: Path) -> None:
    done = CliRunner().invoke(app, ["tck", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) | {"results": []} == {"passed": 4, "of": 4, "results": []}


def test_a_wrong_expectation_fails(folder: Path) -> None:
    (folder / "fee-test-01.xml").write_text(CASES.format(sum="5.6"))
    done = CliRunner().invoke(app, ["tck", str(folder)])
    assert done.exit_code == 1
    assert "FAIL fee-test-01 1 fee expected" in done.output
    assert done.output.strip().endswith("3 / 4")


def test_a_model_that_does_not_load_fails(folder: Path) -> None:
    (folder / "fee.dmn").write_text("<x/>")
    assert CliRunner().invoke(app, ["tck", str(folder)]).exit_code == 1


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["tck", str(tmp_path)]).exit_code == 2
