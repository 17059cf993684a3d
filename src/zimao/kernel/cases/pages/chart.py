"""The Gantt of a case: as data for the drawing, and as rows of the table that says the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from zimao.kernel.cases.models import Case
from zimao.kernel.cases.pages.common import language
from zimao.kernel.cases.pages.words import track_words
from zimao.kernel.cases.planning import Chart, Row, case_chart
from zimao.kernel.errors import ZimaoError
from zimao.kernel.text import Text, t

__all__ = ["ChartView", "chart_data", "chart_for"]

_NO_PLAN = t("该办件的流程没有可排的计划", "No plan can be made for this case")
_KINDS = {
    "planned": t("计划", "Planned"),
    "done": t("已完成", "Done"),
    "running": t("进行中", "In progress"),
    "late": t("已逾期", "Overdue"),
    "forecast": t("预计", "Forecast"),
}


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A row of the table."""

    name: Text
    row: Row
    began: date | None
    kind: str
    state: Text

    @property
    def planned_first(self) -> date:
        """The first planned day."""
        return min(bar.first for bar in self.row.planned)


@dataclass(frozen=True, slots=True)
class ChartView:
    """The chart with the names of its rows; ``problem`` instead when there is none."""

    chart: Chart | None
    rows: tuple[ChartRow, ...] = ()
    problem: Text | None = None


def chart_for(case: Case, today: date) -> ChartView:
    """The chart of a case. A case whose plan cannot be made has no chart, and its page stands all the same."""
    try:
        chart = case_chart(case, today)
    except (KeyError, ValueError, ZimaoError):
        return ChartView(None, problem=_NO_PLAN)
    return ChartView(chart, tuple(_row(case, row) for row in chart.rows))


def _row(case: Case, row: Row) -> ChartRow:
    name = row.name or track_words(case, row.key) or Text(row.key, row.key)
    real = [bar for bar in row.actual if bar.kind != "forecast"]
    if row.done:
        kind, state = ("warning", t("逾期完成", "Done late")) if row.late else ("success", t("已完成", "Done"))
    elif any(bar.kind == "late" for bar in row.actual):
        kind, state = "danger", t("已逾期", "Overdue")
    elif row.late:
        kind, state = "warning", t("预计逾期", "Expected to be late")
    elif real:
        kind, state = "primary", t("进行中", "In progress")
    else:
        kind, state = "neutral", t("未开始", "Not begun")
    return ChartRow(name, row, min((bar.first for bar in real), default=None), kind, state)


def chart_data(view: ChartView) -> dict[str, Any]:
    """The chart as the drawing wants it: days are ISO dates, names in the reader's language; empty when there is no chart."""
    chart = view.chart
    if chart is None:
        return {}
    bars = [
        {"row": index, "lane": lane, "kind": bar.kind, "name": bar.name.into(language()), "first": str(bar.first), "last": str(bar.last)}
        for index, shown in enumerate(view.rows)
        for lane, group in (("planned", shown.row.planned), ("actual", shown.row.actual))
        for bar in group
    ]
    return {
        "rows": [{"name": shown.name.into(language()), "due": str(shown.row.due), "late": shown.row.late} for shown in view.rows],
        "bars": bars,
        "first": str(chart.first),
        "last": str(chart.last),
        "today": str(chart.today),
        "statutory": str(chart.statutory),
        "target": str(chart.target),
        "free": [str(day) for day in chart.free_days],
        "words": {
            **{kind: words.into(language()) for kind, words in _KINDS.items()},
            "statutory": t("法定期限", "Statutory period").into(language()),
            "target": t("承诺{n}个工作日", "{n} working days promised").fill(n=chart.target_days).into(language()),
            "today": t("今天", "Today").into(language()),
        },
    }
