"""Colours can be read, icons that are named exist, files stay small, the libraries are pinned."""

import json
import re
import runpy
from pathlib import Path

import pytest

PORTAL = Path(__file__).resolve().parent.parent
SOURCE = PORTAL.parent
ROOT = SOURCE.parent.parent
STATIC = PORTAL / "static" / "portal"
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", (STATIC / "zimao.css").read_text(encoding="utf-8")))
TOOL = ROOT / "tools" / "frontend.py"


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", ["paper", "surface", "sunken", "accent-wash"])
@pytest.mark.parametrize("text", ["ink", "ink-soft", "accent", "accent-dark"])
def test_text_can_be_read_on_every_ground(text, ground):
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("state", ["good", "warn", "bad", "note"])
def test_the_word_of_a_state_can_be_read(state):
    assert contrast(state, f"{state}-wash") >= 4.5
    assert contrast(state, "surface") >= 4.5


def test_white_can_be_read_on_the_accent():
    assert contrast("surface", "accent") >= 4.5
    assert contrast("surface", "bad") >= 4.5


def test_the_edge_of_a_field_can_be_seen():
    assert contrast("line-strong", "surface") >= 3
    assert contrast("line-strong", "paper") >= 3


def test_every_icon_named_in_a_template_is_in_the_sprite():
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    named = set()
    for template in SOURCE.rglob("templates/**/*.html"):
        named |= set(re.findall(r'{% icon "([a-z]+)"', template.read_text(encoding="utf-8")))
    navigation = (PORTAL / "navigation.py").read_text(encoding="utf-8")
    named |= set(re.findall(r'"/[a-z/-]*",\s*"([a-z]+)"', navigation))
    assert named - drawn == set()
    assert len(named) > 15


def test_every_address_that_the_keyboard_leads_to_is_in_the_menu():
    script = (STATIC / "zimao.js").read_text(encoding="utf-8")
    wanted = set(re.findall(r'[hwcn]: "(/[a-z]*)"', script))
    assert wanted == {"/", "/workbench", "/cases", "/notices"}


def test_the_lock_pins_bytes_and_names_no_host():
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    packages = {name: facts for name, facts in lock["packages"].items() if name}
    assert all(facts["integrity"].startswith("sha512-") for facts in packages.values())
    assert "http" not in (ROOT / "package-lock.json").read_text(encoding="utf-8")
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), "an exact version"
        assert packages[f"node_modules/{name}"]["version"] == version


@pytest.fixture
def tool(tmp_path):
    """The front-end tool with its files in a folder of the test's own."""
    found = runpy.run_path(str(TOOL))
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    found["problems"].__globals__.update(VENDOR=vendor, MANIFEST=vendor / "manifest.json")
    return found, vendor


def test_a_changed_or_lost_library_is_noticed(tool):
    found, vendor = tool
    assert found["problems"]() == ["nothing has been built yet"]
    (vendor / "a.js").write_text("1")
    (vendor / "b.js").write_text("2")
    files = {name: {"sha256": found["_digest"](vendor / name)} for name in ("a.js", "b.js")}
    manifest = vendor / "manifest.json"
    manifest.write_text(json.dumps({"stamp": found["stamp"](), "files": files}))
    assert found["problems"]() == []
    (vendor / "a.js").write_text("changed")
    (vendor / "b.js").unlink()
    assert found["problems"]() == ["a.js was changed", "b.js is missing"]
    manifest.write_text(json.dumps({"stamp": "of another lock", "files": files}))
    assert found["problems"]() == ["package-lock.json or the copy list has changed"]


def test_every_vendor_file_that_a_page_loads_is_on_the_copy_list():
    copied = set(runpy.run_path(str(TOOL))["COPIES"])
    loaded = set()
    for template in SOURCE.rglob("templates/**/*.html"):
        loaded |= set(re.findall(r'{% static "vendor/([^"]+)" %}', template.read_text(encoding="utf-8")))
    assert loaded - copied == set()
    assert "bootstrap/bootstrap.min.css" in loaded
