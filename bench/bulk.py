"""Rows per second of a bulk run, beside a plain Polars script that does the same in one go.

    python bench/bulk.py [rows] [processes]

Prints one JSON line. A CSV file of so many rows (line, code, value, day) is given a duty in whole fen by a join with a table of rates
and written as CSV. Both sides must give the same bytes. The peer is ``scan_csv(...).join(...).sink_csv(...)`` with its types declared
and all cores: it checks no cell, names no bad row, keeps no SHA-256, cannot be continued and believes the file's encoding.

Measured on 2 shared cores with other work on them (load 5 to 10), Polars 2.1, Python 3.11, 5,000,000 rows: 193,000 and 351,000 rows/s
against 543,000 and 795,000 of the peer in the same runs, ratio 0.36 and 0.44 (``python bench/bulk.py``); with one process
(``python bench/bulk.py 5000000 1``, Polars' threads only) 269,000 against 628,000, ratio 0.43. Absolute figures are low for the load.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

import polars as pl

from zimao.kernel.bulk import BatchFunction, Column, Context, at_least, matches, run_file
from zimao.kernel.text import t

CODES = [f"{number:08d}" for number in range(1_010_000, 1_019_000)]
RATES = pl.DataFrame({"code": CODES, "rate": [number % 40 * 25 for number in range(len(CODES))]})
SCHEMA = {"line": pl.Int64, "code": pl.String, "value": pl.Int64, "day": pl.Date}


def _owed() -> pl.Expr:
    return ((pl.col("value") * pl.col("rate") + 5_000) // 10_000).alias("duty")


def duty(frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Half a fen up."""
    return frame.join(context.tables["rates"], on="code", how="left", maintain_order="left").select("line", "code", "day", _owed())


FUNCTION = BatchFunction(
    "bench.duty",
    (
        Column("line", pl.Int64),
        Column("code", pl.String, checks=(matches("[0-9]{8}", t("应为8位数字", "Eight digits")),)),
        Column("value", pl.Int64, checks=(at_least(0),)),
        Column("day", pl.Date),
    ),
    duty,
)


def _file(path: Path, rows: int) -> None:
    number = pl.int_range(rows, dtype=pl.Int64)
    frame = pl.select(
        number.alias("line"),
        (number * 7_919 % len(CODES) + 1_010_000).cast(pl.String).str.zfill(8).alias("code"),
        (number * 104_729 % 10_000_000).alias("value"),
        (pl.lit("2026-01-01").str.to_date() + pl.duration(days=number % 365)).alias("day"),
    )
    frame.write_csv(path)


def _peer(source: Path, target: Path) -> float:
    started = time.perf_counter()
    frame = pl.scan_csv(source, schema=SCHEMA).join(RATES.lazy(), on="code", how="left", maintain_order="left")
    frame.select("line", "code", "day", _owed()).sink_csv(target)
    return time.perf_counter() - started


def _ours(source: Path, target: Path, processes: int | None) -> float:
    started = time.perf_counter()
    run_file(FUNCTION, source, target, context=Context(tables={"rates": RATES}), processes=processes)
    return time.perf_counter() - started


def main(rows: int = 5_000_000, processes: int | None = None) -> None:
    """Two rounds of each, the better one counts."""
    with tempfile.TemporaryDirectory() as folder:
        source, ours, peer = (Path(folder, name) for name in ("in.csv", "ours.csv", "peer.csv"))
        _file(source, rows)
        peers = [_peer(source, peer) for _ in range(2)]
        own = [_ours(source, ours, processes) for _ in range(2)]
        if ours.read_bytes() != peer.read_bytes():
            raise SystemExit("the two sides do not agree")
    figures = {"rows": rows, "ours_s": round(min(own), 2), "peer_s": round(min(peers), 2)}
    figures |= {"ours_rows_per_s": int(rows / min(own)), "peer_rows_per_s": int(rows / min(peers))}
    print(json.dumps(figures | {"ratio": round(min(peers) / min(own), 2)}))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
