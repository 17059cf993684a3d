"""Spark gives what the local engine gives, byte for byte, and what single calls give, row for row. Needs PySpark and Java."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import polars as pl
import pytest
from pyspark.sql import SparkSession

from zimao.kernel.bulk import over, run_file
from zimao.kernel.bulk.tests.sample import CONTEXT, DUTY, KEYED, duty, text

ROWS = 203


@pytest.fixture(scope="module")
def session():
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[4])
    made = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    yield made
    made.stop()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text(text(ROWS), encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_both_engines_and_single_calls_agree(session, source, ending):
    seen = []
    spark = run_file(DUTY, source, source.parent / f"s.{ending}", context=CONTEXT, engine="spark", chunk_rows=50, progress=seen.append)
    local = run_file(DUTY, source, source.parent / f"l.{ending}", context=CONTEXT, chunk_rows=70, processes=1)
    assert spark.target.read_bytes() == local.target.read_bytes()
    assert (spark.rows_in, spark.rows_out, spark.rejected) == (ROWS, ROWS, 0)
    assert [step.done for step in seen] == [0, 1, 2, 3, 4, 5]
    if ending == "parquet":
        frame = pl.read_csv(source, schema_overrides={"code": pl.String}, try_parse_dates=True)
        singles = pl.concat([duty(frame.slice(at, 1), CONTEXT) for at in range(ROWS)])
        assert pl.read_parquet(spark.target).equals(singles)


def test_both_engines_reject_the_same_rows(session, source):
    source.write_text(text(20) + "x,0101,1,\n3,0101,9,\n23,0101\n" + text(20, 24).partition("\n")[2], encoding="utf-8")
    outcomes = [
        run_file(KEYED, source, source.parent / f"{engine}.csv", context=CONTEXT, engine=engine, chunk_rows=10, on_error="reject")
        for engine in ("spark", "local")
    ]
    assert outcomes[0].target.read_bytes() == outcomes[1].target.read_bytes()
    assert outcomes[0].rejects_path.read_bytes() == outcomes[1].rejects_path.read_bytes()
    assert outcomes[0].rejected == outcomes[1].rejected == 3


def test_a_spark_frame_goes_through_the_same_function(session, source):
    frame = pl.read_csv(source, schema_overrides={"code": pl.String}, try_parse_dates=True)
    rows = session.createDataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest())).repartition(3)
    answer = pl.DataFrame([row.asDict() for row in over(DUTY, rows, CONTEXT).collect()], schema=DUTY.outputs(CONTEXT))
    assert answer.sort("line").equals(duty(frame, CONTEXT).sort("line"))


def test_a_bad_cell_of_a_spark_frame_fails_the_job(session):
    rows = session.createDataFrame([(1, "0101", -5, None)], "line long, code string, value long, day date")
    with pytest.raises(Exception, match="At least 0"):
        over(DUTY, rows, CONTEXT).collect()
