"""Edition-safe codes: from the national code of one year, or the HS code of one edition, to another. Nothing is guessed.

HS editions are WCO's (2012, 2017, 2022). ``links`` is a frame ``from_edition, from_code, to_edition, to_code, basis`` where
``basis`` is ``conversion`` (one target for each source, as the UN Statistics Division publishes) or ``correlation`` (all of
them). Conversion tables point from the newer edition to the older; read backwards they give every successor of a split code.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from zimao.kernel.errors import Refused
from zimao.kernel.text import t

__all__ = [
    "CHANGE_COLUMNS",
    "LINK_COLUMNS",
    "edition_on",
    "load_concordance",
    "load_nomenclature",
    "resolve_codes",
    "separating",
    "walk_changes",
]

LINK_COLUMNS = {"from_edition": pl.Int32, "from_code": pl.String, "to_edition": pl.Int32, "to_code": pl.String, "basis": pl.String}
CHANGE_COLUMNS = {"country": pl.String, "year": pl.Int32, "old_code": pl.String, "new_code": pl.String, "share_note": pl.String}
_RESOLVED = {"code": pl.String, "target": pl.String, "kind": pl.String, "certain": pl.Boolean, "targets": pl.UInt32, "basis": pl.String}


def load_concordance(path: Path, basis: str = "conversion") -> pl.DataFrame:
    """The links of a concordance file with columns ``from_edition, from_code, to_edition, to_code``; codes keep their zeros.

    Refused ``concordance_columns`` when a column is missing, ``concordance_code`` with the first row whose code is not 6 digits.
    """
    found = pl.read_csv(path, infer_schema=False)
    wanted = [name for name in LINK_COLUMNS if name != "basis"]
    missing = [name for name in wanted if name not in found.columns]
    if missing:
        raise Refused("concordance_columns", t("缺少列：{names}", "Missing columns: {names}").fill(names=", ".join(missing)), missing[0])
    links = found.select(*wanted, pl.lit(basis).alias("basis")).with_row_index("row", 2)
    bad = links.filter(~(pl.col("from_code").str.contains(r"^\d{6}$") & pl.col("to_code").str.contains(r"^\d{6}$")).fill_null(False))
    if not bad.is_empty():
        sentence = t("第 {row} 行的编码不是六位数字", "The codes in row {row} are not six digits").fill(row=bad["row"][0])
        raise Refused("concordance_code", sentence, "from_code")
    return links.drop("row").cast({"from_edition": pl.Int32, "to_edition": pl.Int32}).unique(maintain_order=True)


def load_nomenclature(path: Path) -> pl.DataFrame:
    """Descriptions ``edition, code, level, description_en`` of HS codes at 2, 4 and 6 digits."""
    return pl.read_csv(path, infer_schema=False).cast({"edition": pl.Int32, "level": pl.Int32})


def edition_on(on: pl.Expr, editions: pl.DataFrame) -> pl.Expr:
    """The HS edition in use on each date; ``editions`` has ``edition, valid_from, valid_to`` (closed). Null outside all."""
    chosen: pl.Expr = pl.lit(None, pl.Int32)
    for row in editions.iter_rows(named=True):
        chosen = pl.when(on.is_between(row["valid_from"], row["valid_to"])).then(pl.lit(row["edition"], pl.Int32)).otherwise(chosen)
    return chosen


def walk_changes(codes: pl.Series, changes: pl.DataFrame, *, country: str, from_year: int, to_year: int) -> pl.DataFrame:
    """What national ``codes`` of ``from_year`` became by ``to_year``: frame ``code, target, kind, certain, targets, basis``.

    ``changes`` (``country, year, old_code, new_code, share_note``): the codes in force from 1 January of ``year``. A code
    without a row is unchanged; a deleted code has an empty ``new_code`` and no target here. Going back in time walks the
    same rows the other way.
    """
    forward = from_year <= to_year
    old, new = ("old_code", "new_code") if forward else ("new_code", "old_code")
    low, high = sorted((from_year, to_year))
    mine = changes.filter((pl.col("country") == country) & pl.col("year").is_between(low + 1, high))
    walked = pl.DataFrame({"code": codes.unique(maintain_order=True), "target": codes.unique(maintain_order=True)})
    for year in mine["year"].unique().sort(descending=not forward).to_list():
        step = mine.filter(pl.col("year") == year).select(pl.col(old).alias("target"), pl.col(new).alias("next"))
        walked = walked.join(step, on="target", how="left", maintain_order="left")
        walked = walked.select("code", pl.when(pl.col("next").is_null()).then("target").otherwise("next").alias("target"))
        walked = walked.filter(pl.col("target") != "").unique(maintain_order=True)
    return _described(walked.with_columns(pl.lit("correlation").alias("basis")))


def resolve_codes(codes: pl.Series, links: pl.DataFrame, *, from_edition: int, to_edition: int) -> pl.DataFrame:
    """HS6 ``codes`` of one edition in another: frame ``code, target, kind, certain, targets, basis``; unknown codes are absent.

    ``kind``: ``same``, ``renumbered``, ``split`` (several targets: a choice, never made here) or ``merge`` (one target that
    other codes share: certain). Direct links are used where the pair of editions has any, else the chain through the editions
    between them, each step giving every successor.
    """
    asked = pl.DataFrame({"code": codes.unique(maintain_order=True).cast(pl.String)})
    if from_edition == to_edition:
        same = asked.with_columns(pl.col("code").alias("target"), pl.lit("correlation").alias("basis"))
        return _described(same)
    walked = asked.with_columns(pl.col("code").alias("target"), pl.lit("correlation").alias("basis"))
    sharing: pl.DataFrame | None = None
    for low, high in _path(links, from_edition, to_edition):
        step = _steps(links, low, high)
        walked = walked.join(step, on="target", how="inner", maintain_order="left", suffix="_step")
        poorer = pl.when((pl.col("basis") == "conversion") | (pl.col("basis_step") == "conversion"))
        walked = walked.select(
            "code", pl.col("next").alias("target"), poorer.then(pl.lit("conversion")).otherwise(pl.lit("correlation")).alias("basis")
        )
        sharing = step.group_by("next").agg(pl.col("target").n_unique().alias("sources"))
    return _described(walked.unique(["code", "target"], maintain_order=True), sharing)


def _steps(links: pl.DataFrame, low: int, high: int) -> pl.DataFrame:
    there = links.filter((pl.col("from_edition") == low) & (pl.col("to_edition") == high))
    back = links.filter((pl.col("from_edition") == high) & (pl.col("to_edition") == low))
    shape = ["target", "next", "basis"]
    return pl.concat(
        [
            there.select(pl.col("from_code").alias("target"), pl.col("to_code").alias("next"), "basis").select(shape),
            back.select(pl.col("to_code").alias("target"), pl.col("from_code").alias("next"), "basis").select(shape),
        ]
    ).unique(["target", "next"], maintain_order=True)


def _path(links: pl.DataFrame, start: int, end: int) -> list[tuple[int, int]]:
    pairs = set(links.select("from_edition", "to_edition").unique().iter_rows())
    pairs |= {(high, low) for low, high in pairs}
    reached: dict[int, list[tuple[int, int]]] = {start: []}
    queue = [start]
    while queue:
        here = queue.pop(0)
        if here == end:
            return reached[here]
        for low, high in sorted(pairs, key=lambda pair: abs(pair[1] - end)):
            if low == here and high not in reached:
                reached[high] = [*reached[here], (low, high)]
                queue.append(high)
    sentence = t("没有从 HS {start} 到 HS {end} 的对照表", "There is no concordance from HS {start} to HS {end}").fill(start=start, end=end)
    raise Refused("no_concordance", sentence, "to_edition")


def _described(walked: pl.DataFrame, sharing: pl.DataFrame | None = None) -> pl.DataFrame:
    counted = walked.with_columns(pl.len().over("code").cast(pl.UInt32).alias("targets"))
    shared = pl.lit(1, pl.UInt32)
    if sharing is not None:
        counted = counted.join(sharing, left_on="target", right_on="next", how="left", maintain_order="left")
        shared = pl.col("sources").fill_null(1)
    kind = (
        pl.when(pl.col("targets") > 1)
        .then(pl.lit("split"))
        .when(shared > 1)
        .then(pl.lit("merge"))
        .when(pl.col("code") != pl.col("target"))
        .then(pl.lit("renumbered"))
        .otherwise(pl.lit("same"))
    )
    done = counted.with_columns(kind.alias("kind"), (pl.col("targets") == 1).alias("certain"))
    return done.select(list(_RESOLVED)).cast(_RESOLVED).sort("code", "target")  # type: ignore[arg-type]


def separating(resolved: pl.DataFrame, nomenclature: pl.DataFrame, *, edition: int) -> pl.DataFrame:
    """``resolved`` with ``description_en`` of each target: the texts between which a person must choose."""
    texts = nomenclature.filter(pl.col("edition") == edition).select(pl.col("code").alias("target"), "description_en")
    return resolved.join(texts, on="target", how="left", maintain_order="left")
