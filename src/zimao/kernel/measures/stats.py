"""The statistics of a result: confidence intervals, the bins of a histogram. Pure arithmetic, the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, stdev

__all__ = ["counts", "interval", "spread"]

_T_975 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""97.5 % quantiles of Student's t for 1 to 30 degrees of freedom."""


def interval(means: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % confidence interval of the mean of independent (or nearly independent) means; None for fewer than two."""
    if len(means) < 2:
        return None
    half = _t_975(len(means) - 1) * stdev(means) / math.sqrt(len(means))
    return round(fmean(means) - half, 4), round(fmean(means) + half, 4)


def _t_975(freedom: int) -> float:
    """The 97.5 % quantile of Student's t: from the table, beyond it by the Cornish-Fisher expansion (right to 4 digits there)."""
    if freedom <= len(_T_975):
        return _T_975[freedom - 1]
    z = 1.959964
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def spread(values: Sequence[float], most: int = 40) -> list[float]:
    """Edges of at most ``most`` equal bins over ``values``, their width 1, 2 or 5 times a power of ten, whole for whole numbers."""
    if not values:
        return []
    low, high = min(values), max(values)
    whole = all(float(value).is_integer() for value in values)
    width = 1.0 if whole else 10 ** math.floor(math.log10(max(high - low, 1e-9) / most))
    steps = (2.0, 2.5, 2.0)
    turn = 0
    while (high - low) / width >= most:
        width *= steps[turn % 3]
        turn += 1
    first = math.floor(low / width)
    return [round(edge * width, 10) for edge in range(first, math.floor(high / width) + 2)]


def counts(values: Iterable[float], edges: Sequence[float]) -> list[int]:
    """How many values fall into each bin; a value on an edge belongs to the bin that begins there."""
    if not edges:
        return []
    width = edges[1] - edges[0]
    found = [0] * (len(edges) - 1)
    for value in values:
        found[min(len(found) - 1, int((value - edges[0]) / width + 1e-9))] += 1
    return found
