"""The only part that knows SpiffWorkflow.

It turns a BPMN file into a specification, starts and restores runs of it, and moves them on. What it guarantees:

* state is text and names its specification by (key, version, sha256) instead of carrying it;
* a diagram can hold no program: an expression may compare, compute and combine routing facts, nothing else;
* the clock is passed in, never read: a timer fires when ``advance(now)`` is given an instant at or after its due time;
* a message thrown inside a run is kept for the life of the run, and whoever begins to wait for it later still gets it
  (as the buffered messages of other BPMN engines do; docs/decisions/0011-messages-are-kept.md);
* a finished or not yet reached task cannot be run.

Task data holds routing facts only: str, bool, int. Domain truth is in tables.
"""

from zimao.kernel.cases.engine.nodes import Decide, EngineError
from zimao.kernel.cases.engine.run import Difference, Position, Run, Step, Timer
from zimao.kernel.cases.engine.specification import ENGINE_FORMAT, Specification
from zimao.kernel.cases.expressions import Facts

__all__ = ["ENGINE_FORMAT", "Decide", "Difference", "EngineError", "Facts", "Position", "Run", "Specification", "Step", "Timer"]
