"""Rows of live cases."""

from __future__ import annotations

import json

from zimao.kernel.cases.models import CaseEvent
from zimao.kernel.measures.tests.office import local

__all__ = ["happened", "short"]


def happened(case, *rows):
    CaseEvent.objects.bulk_create(
        CaseEvent(case=case, at=at, type=type_, data=json.dumps(data or {}), actor_name="张三") for at, type_, data in rows
    )


BEGIN, END = local(2024, 4, 28), local(2024, 5, 13)


def short(case, begin=BEGIN, end=END):
    happened(case, (begin, "case.submitted", None), (end, "case.completed", None))
