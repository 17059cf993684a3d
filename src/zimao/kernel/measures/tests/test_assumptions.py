"""The file of assumptions: read, checked, told in words."""

import pytest
from pydantic import ValidationError

from zimao.kernel.measures.assumptions import read_assumptions
from zimao.kernel.measures.tests.office import scenario
from zimao.kernel.text import t

FILE = """
first_day = 2024-04-25
time_zone = "Asia/Shanghai"
hours = [["08:30", "12:00"]]
[arrivals]
per_day = 2.0
zh = "来件"
en = "Arrivals"
basis = "specification"
[officers]
zh = "人数"
en = "Officers"
basis = "assumption"
[officers.of]
"permit.desk" = 2
[[work]]
scenario = "new"
elements = "*"
elapsed = { kind = "triangular", values = [0.6, 0.85, 1], unit = "period" }
effort = { kind = "fixed", values = [2], unit = "hours" }
zh = "审查"
en = "Check"
basis = "mixed"
[[choice]]
scenario = "new"
elements = "one"
values = ["accept", "refuse"]
weights = [0.9, 0.1]
words = { accept = ["准予", "granted"] }
zh = "比例"
en = "Shares"
basis = "assumption"
"""


@pytest.fixture
def kept(tmp_path):
    def write(text=FILE):
        path = tmp_path / "simulation.toml"
        path.write_text(text, encoding="utf-8")
        return read_assumptions(path)

    return write


def test_it_becomes_work_and_choices_of_the_diagram(kept):
    found, diagram = kept(), scenario().diagram
    work = found.work_of("new", diagram)["one"]
    assert (work.elapsed.kind, work.elapsed.unit, work.effort.values) == ("triangular", "period", (2.0,))
    assert found.choices_of("new", diagram)["one"].weights == (0.9, 0.1)
    assert found.work_of("old", diagram) == {}


def test_it_is_told_in_both_languages_with_what_it_rests_on(kept):
    arrivals, officers, work, shares = kept().listing({"permit.desk": t("审查岗", "Desk")})
    assert (arrivals.value.zh, arrivals.assumed) == ("2", False)
    assert (officers.value, officers.assumed) == (t("审查岗 2", "Desk 2"), True)
    assert work.value.en == "elapsed: triangular 0.6/0.85/1 of the step's period; officer's time: fixed 2 hours"
    assert (work.source.en, work.assumed) == ("Duration given by the service's description, officer's time assumed", True)
    assert shares.value == t("准予 90%，refuse 10%", "granted 90%, refuse 10%")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('basis = "guess"', 'basis = "mixed"'),
        ("per_day = 0", "per_day = 2.0"),
        ('"permit.desk" = 0', '"permit.desk" = 2'),
        ('kind = "often"', 'kind = "fixed"'),
    ],
)
def test_a_file_that_does_not_fit_is_refused(kept, wrong, right):
    with pytest.raises(ValidationError):
        kept(FILE.replace(right, wrong))


def test_a_record_that_meets_no_element_is_refused(kept):
    with pytest.raises(ValueError, match="no element three"):
        kept(FILE.replace('elements = "one"', 'elements = "three"')).choices_of("new", scenario().diagram)
