"""R2: the legal order of the certificates, read from the diagram that runs the case."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from zimao.kernel.cases.diagram import Diagram

__all__ = ["legal_order"]


def legal_order(diagram: Diagram) -> dict[str, frozenset[str]]:
    """For each certificate the predecessors that must be approved before it may be (所有权 -> 国籍 -> …).

    Read from the messages ``<certificate>.approved`` that its strand waits for. ValueError when the order has a cycle.
    """
    tracks = [node.track for node in diagram.of_kind("userTask") if node.track]
    order: dict[str, set[str]] = {track: set() for track in dict.fromkeys(tracks)}
    for node in diagram.of_kind("intermediateCatchEvent"):
        predecessor, _, what = node.message.rpartition(".")
        if what == "approved" and node.track:
            order[node.track].add(predecessor)
    try:
        tuple(TopologicalSorter(order).static_order())
    except CycleError as error:
        raise ValueError(f"the legal order has a cycle: {error.args[1]}") from error
    return {track: frozenset(needed) for track, needed in order.items()}
