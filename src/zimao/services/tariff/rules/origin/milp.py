"""A small mixed-integer model and its solution by HiGHS: one thread, fixed seed, gap zero, so the same model gives the same answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import highspy
import numpy as np

__all__ = ["Model", "Solved"]


@dataclass(frozen=True, slots=True)
class Solved:
    """``status``: optimal, feasible (time was up, ``gap`` says how far) or infeasible."""

    status: str
    values: tuple[float, ...] = ()
    gap: float = 0.0


@dataclass(slots=True)
class Model:
    """Columns are whole numbers between zero and a bound; rows are ``low <= sum <= high``."""

    bounds: list[float] = field(default_factory=list)
    rows: list[tuple[Mapping[int, float], float, float]] = field(default_factory=list)

    def column(self, most: float = 1) -> int:
        """A new column; its number."""
        self.bounds.append(most)
        return len(self.bounds) - 1

    def at_most(self, terms: Mapping[int, float], high: float) -> None:
        """A row with an upper bound."""
        self.rows.append((terms, -highspy.kHighsInf, high))

    def equal(self, terms: Mapping[int, float], amount: float) -> None:
        """A row with one value."""
        self.rows.append((terms, amount, amount))

    def copy(self) -> Model:
        """A model that can take more rows on its own."""
        return Model(list(self.bounds), list(self.rows))

    def minimum(self, objective: Mapping[int, float], seconds: float, *, apart: float = 1e-6, nodes: int = 0) -> Solved:
        """The columns that make the objective least.

        ``apart``: two different values of the objective differ by more than this (0.99 for whole numbers): a smaller gap is proof.
        ``nodes``: stop after so many nodes of the search, the same on every machine; 0 is no stop.
        """
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("mip_rel_gap", 0.0), ("mip_abs_gap", apart)):
            solver.setOptionValue(name, value)
        solver.setOptionValue("time_limit", float(seconds))
        if nodes:
            solver.setOptionValue("mip_max_nodes", nodes)
        count = len(self.bounds)
        solver.addVars(count, np.zeros(count), np.array(self.bounds, dtype=float))
        columns = np.arange(count, dtype=np.int32)
        solver.changeColsIntegrality(count, columns, np.full(count, highspy.HighsVarType.kInteger))
        solver.changeColsCost(count, columns, np.array([objective.get(at, 0.0) for at in range(count)], dtype=float))
        for terms, low, high in self.rows:
            solver.addRow(low, high, len(terms), np.array(list(terms), dtype=np.int32), np.array(list(terms.values()), dtype=float))
        solver.run()
        return _answer(solver)


def _answer(solver: highspy.Highs) -> Solved:
    status, info = solver.getModelStatus(), solver.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if status == highspy.HighsModelStatus.kOptimal:
        return Solved("optimal", tuple(solver.getSolution().col_value), 0.0)
    if found:
        return Solved("feasible", tuple(solver.getSolution().col_value), float(info.mip_gap))
    return Solved("infeasible" if status == highspy.HighsModelStatus.kInfeasible else "unknown")
