"""What the worker does when time passes: cases with a timer that is due are advanced, one transaction each."""

from __future__ import annotations

import logging
from datetime import datetime

from zimao.kernel.cases.models import Case
from zimao.kernel.cases.operations import advance_case
from zimao.kernel.cases.queries import due_cases
from zimao.kernel.operations import Act
from zimao.kernel.parties.actors import platform_actor

__all__ = ["advance_due_cases"]

logger = logging.getLogger(__name__)


def advance_due_cases(now: datetime) -> int:
    """Advance every case whose timer is due by ``now``; how many. One that fails is logged and does not stop the others."""
    zones = dict(Case.objects.filter(number__in=(numbers := due_cases(now))).values_list("number", "zone_id"))
    done = 0
    for number in numbers:
        try:
            advance_case(Act(platform_actor(zones[number]), now), number=number)
            done += 1
        except Exception:  # a broken case must not hold up the deadlines of all the others
            logger.exception("case %s could not be advanced", number)
    return done
