"""Running: batch is single, the same bytes whatever the chunks and processes, resuming after a kill, and what is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zimao.kernel.bulk import Context, Job, Options, run_file
from zimao.kernel.bulk.tests.sample import CONTEXT, DUTY, KEYED, NUMBERED, SLOW, WRONG, duty, text
from zimao.kernel.errors import Conflict, Refused, Unavailable

SCRIPT = """
import sys
from pathlib import Path
from zimao.kernel.bulk import run_file
from zimao.kernel.bulk.tests.sample import CONTEXT, SLOW
if __name__ == "__main__":
    run_file(SLOW, Path(sys.argv[1]), Path(sys.argv[2]), context=CONTEXT, chunk_rows=10, processes=int(sys.argv[3]))
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text(text(203), encoding="utf-8")
    return path


def run(function, source, target="out.csv", **options):
    return run_file(function, source, source.parent / target, context=CONTEXT, **{"processes": 1} | options)


LINE = st.fixed_dictionaries(
    {
        "line": st.integers(-(2**63), 2**63 - 1),
        "code": st.sampled_from(["0101", "0303", "9999"]),
        "value": st.integers(0, 10**12),
        "day": st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    }
)
SCHEMA = {"line": pl.Int64, "code": pl.String, "value": pl.Int64, "day": pl.Date}


@settings(max_examples=25, deadline=None)
@given(st.lists(LINE, max_size=25), st.integers(1, 9), st.sampled_from([".csv", ".parquet"]), st.booleans())
def test_batch_is_single(tmp_path_factory, rows, chunk_rows, ending, crlf):
    folder = tmp_path_factory.mktemp("single")
    frame = pl.DataFrame(rows, schema=SCHEMA)
    source = folder / f"in{ending}"
    if ending == ".csv":
        source.write_bytes(
            frame.write_csv(quote_style="always" if crlf else "necessary", line_terminator="\r\n" if crlf else "\n").encode()
        )
    else:
        frame.write_parquet(source, row_group_size=4)
    outcome = run(DUTY, source, "out.parquet", chunk_rows=chunk_rows)
    singles = [duty(frame.slice(at, 1), CONTEXT) for at in range(frame.height)]
    assert pl.read_parquet(outcome.target).equals(pl.concat([DUTY.run(DUTY.empty(), CONTEXT), *singles]))
    assert (outcome.rows_in, outcome.rows_out, outcome.rejected) == (len(rows), len(rows), 0)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_bytes_do_not_depend_on_chunks_processes_or_the_day(source, ending):
    outcomes = [
        run(DUTY, source, f"a.{ending}"),
        run(DUTY, source, f"b.{ending}", chunk_rows=10),
        run(DUTY, source, f"c.{ending}", chunk_rows=64, processes=2),
        run(DUTY, source, f"a.{ending}"),
    ]
    assert len({outcome.target.read_bytes() for outcome in outcomes}) == 1
    assert len({outcome.target_sha256 for outcome in outcomes}) == 1
    assert sorted(path.name for path in source.parent.iterdir()) == sorted(["lines.csv", *(f"{name}.{ending}" for name in "abc")])


def test_parquet_and_csv_with_the_same_rows_give_the_same(source):
    pl.read_csv(source, schema_overrides={"code": pl.String}, try_parse_dates=True).write_parquet(source.with_suffix(".parquet"))
    pl.read_csv(source, infer_schema=False).write_parquet(source.with_name("texts.parquet"))
    found = [run(DUTY, source.with_name(name), f"{name}.csv", chunk_rows=50) for name in ("lines.csv", "lines.parquet", "texts.parquet")]
    assert len({outcome.target_sha256 for outcome in found}) == 1


def test_rows_may_become_more_or_fewer_and_know_their_number(source):
    source.write_text("line,code,value,day\n1,0101,5,\n\n2,0101,0,\n3,0303,7,\n", encoding="utf-8")
    outcome = run(NUMBERED, source)
    assert outcome.target.read_text() == "row,code,part\n2,0101,1\n2,0101,2\n5,0303,1\n5,0303,2\n"
    assert (outcome.rows_in, outcome.rows_out) == (3, 4)


def test_bad_rows_are_left_out_and_listed_when_asked(source):
    source.write_text(text(20) + "x,0101,1,\n22,0101,-1,2026-02-30\n" + text(20, 23).partition("\n")[2], encoding="utf-8")
    outcomes = [run(DUTY, source, chunk_rows=rows, on_error="reject") for rows in (3, 1000)]
    assert outcomes[0].target_sha256 == outcomes[1].target_sha256
    assert (outcomes[0].rows_in, outcomes[0].rows_out, outcomes[0].rejected) == (42, 40, 2)
    listed = pl.read_csv(outcomes[0].rejects_path)
    assert listed.select("row", "column", "code").rows() == [
        (22, "line", "bulk.type"),
        (23, "value", "bulk.at_least"),
        (23, "day", "bulk.type"),
    ]
    assert listed["reason_zh"][1] == "不得小于0"
    assert listed["reason_en"][1] == "At least 0"


def test_an_old_list_of_rejects_goes_when_the_file_is_good(source):
    (source.parent / "out.rejects.csv").write_text("old")
    assert run(DUTY, source, on_error="reject").rejects_path is None
    assert not (source.parent / "out.rejects.csv").exists()


@pytest.mark.parametrize("processes", [1, 2])
def test_nothing_is_kept_unless_asked(source, processes):
    source.write_text(text(20) + "x,0101,1,\n" + text(20, 22).partition("\n")[2] + "99,0101,y,\n", encoding="utf-8")
    with pytest.raises(Refused) as caught:
        run(DUTY, source, chunk_rows=5, processes=processes)
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [(None, ""), (22, "line"), (43, "value")]
    assert caught.value.problems[0].sentence.en.startswith("2 rows are bad")
    assert sorted(path.name for path in source.parent.iterdir()) == ["lines.csv", "out.rejects.csv"]


def test_a_key_is_taken_by_its_first_row_wherever_the_second_is(source):
    source.write_text(text(40) + "3,0101,9,\n3,0303,9,\n3,0101,9,\n", encoding="utf-8")
    outcome = run(KEYED, source, chunk_rows=7, on_error="reject")
    assert outcome.rejected == 2
    listed = pl.read_csv(outcome.rejects_path)
    assert listed.select("row", "column", "code").rows() == [(42, "line+code", "bulk.duplicate"), (44, "line+code", "bulk.duplicate")]
    assert listed["reason_en"][0] == "The key is the same as in row 4"


def _kill_in_the_middle(source: Path, target: Path, processes: int) -> int:
    """Run it in a process of its own, kill that when three chunks are done; the chunks done."""
    script = source.parent / "script.py"
    script.write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])}
    work = target.with_name(f".{target.name}.work")
    with subprocess.Popen([sys.executable, script, source, target, str(processes)], env=environment) as child:
        give_up = time.monotonic() + 60
        while len(list(work.glob("*.json"))) < 4 and child.poll() is None and time.monotonic() < give_up:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert not target.exists()
    return len(list(work.glob("0*.json")))


@pytest.mark.parametrize("processes", [1, 2])
def test_a_killed_run_continues_where_it_stopped(source, processes):
    target = source.parent / "out.csv"
    done = _kill_in_the_middle(source, target, processes)
    assert 3 <= done < 21
    seen = []
    give_up = time.monotonic() + 10
    while not seen:  # the killed run's worker processes need a moment to notice
        try:
            outcome = run_file(SLOW, source, target, context=CONTEXT, chunk_rows=10, processes=1, progress=seen.append)
        except Conflict:
            assert time.monotonic() < give_up
            time.sleep(0.1)
    assert done <= seen[0].done < 21
    assert seen[-1].done == seen[-1].chunks == 21
    assert outcome.target_sha256 == run(DUTY, source, "whole.csv").target_sha256
    assert not (source.parent / ".out.csv.work").exists()


def _stopped_after(source, chunks, **options):
    """A job that was stopped after so many chunks."""
    steps = Job(DUTY, source, source.parent / "out.csv", CONTEXT, Options(chunk_rows=50, **options)).steps()
    for _ in range(chunks + 1):
        found = next(steps)
    steps.close()
    assert found.done == chunks
    return source.parent / ".out.csv.work"


def test_a_step_is_one_chunk_and_a_job_continues_between_steps(source):
    _stopped_after(source, 2)
    job = Job(DUTY, source, source.parent / "out.csv", CONTEXT, Options(chunk_rows=50))
    with pytest.raises(RuntimeError):
        _ = job.outcome
    assert [step.done for step in job.steps()] == [2, 3, 4, 5]
    assert job.outcome.target_sha256 == run(DUTY, source, "whole.csv").target_sha256
    assert json.loads(json.dumps(job.outcome.as_dict()))["rows_out"] == 203


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"source": True}, "bulk.other_input"),
        ({"function": replace(DUTY, version="2")}, "bulk.other_function"),
        ({"context": Context(date(2027, 1, 1), CONTEXT.tables, CONTEXT.settings)}, "bulk.other_context"),
        ({"options": Options(chunk_rows=51)}, "bulk.other_options"),
    ],
)
def test_an_unfinished_run_of_something_else_is_not_continued(source, change, code):
    work = _stopped_after(source, 2)
    if change.pop("source", False):
        source.write_text(text(203, 2), encoding="utf-8")
    given = {"function": DUTY, "context": CONTEXT, "options": Options(chunk_rows=50)} | change
    job = Job(source=source, target=source.parent / "out.csv", **given)
    with pytest.raises(Conflict) as caught:
        list(job.steps())
    assert caught.value.code == code
    assert len(list(work.glob("0*.json"))) == 2
    job = Job(source=source, target=source.parent / "out.csv", **given | {"options": replace(given["options"], resume=False)})
    assert next(iter(job.steps())).done == 0


def test_a_damaged_part_is_made_again(source):
    work = _stopped_after(source, 3)
    (work / "0000001.out").write_bytes(b"torn")
    job = Job(DUTY, source, source.parent / "out.csv", CONTEXT, Options(chunk_rows=50))
    assert [step.done for step in job.steps()] == [2, 3, 4, 5]
    assert job.outcome.target_sha256 == run(DUTY, source, "whole.csv").target_sha256


def test_two_runs_do_not_write_one_target(source):
    steps = Job(DUTY, source, source.parent / "out.csv", CONTEXT).steps()
    next(steps)
    with pytest.raises(Conflict) as caught:
        run(DUTY, source)
    assert caught.value.code == "bulk.running"
    steps.close()


def test_an_input_that_changes_while_it_is_run_is_noticed(source):
    steps = Job(DUTY, source, source.parent / "out.csv", CONTEXT, Options(chunk_rows=50)).steps()
    next(steps)
    os.utime(source, (1, 1))
    with pytest.raises(Conflict) as caught:
        list(steps)
    assert caught.value.code == "bulk.changed"
    assert not (source.parent / "out.csv").exists()


def test_a_function_whose_columns_depend_on_its_rows_is_none(source):
    with pytest.raises(TypeError, match=r"test\.wrong"):
        run(WRONG, source)
    assert not (source.parent / "out.csv").exists()


def test_targets_that_cannot_be(source):
    for target in ("out.xlsx", "lines.csv"):
        with pytest.raises(Refused) as caught:
            run(DUTY, source, target)
        assert caught.value.code == "bulk.target"
    with pytest.raises(Unavailable):
        run_file(DUTY, source, source / "below" / "out.csv", context=CONTEXT, processes=1)


def test_without_pyspark_the_engine_says_what_to_install(source, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Unavailable) as caught:
        run(DUTY, source, engine="spark")
    assert "zimao[spark]" in caught.value.sentence.en


def test_the_part_needs_no_django():
    code = "import sys, zimao.kernel.bulk; print([name for name in sys.modules if name.split('.')[0] == 'django'])"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])}
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment).stdout == "[]\n"
