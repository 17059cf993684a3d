"""Ordering a run of the lab, and writing down how it ended."""

from __future__ import annotations

from collections.abc import Mapping

from zimao.kernel.errors import Conflict, Missing
from zimao.kernel.measures.lab import fingerprint
from zimao.kernel.measures.models import LabRun
from zimao.kernel.measures.orders import Wish, order_of
from zimao.kernel.measures.policies import may_run_lab
from zimao.kernel.measures.registry import declared
from zimao.kernel.operations import Act, operation
from zimao.kernel.parties.models import Zone
from zimao.kernel.parties.roles import SYSTEM
from zimao.kernel.text import t

__all__ = ["fail_lab_run", "finish_lab_run", "start_lab_run"]

MOST_WAITING = 5
"""Runs of one zone that may wait or run at a time: the worker has other work too."""


@operation("measures.start_lab_run", roles=("*",), label=t("启动成效模拟", "Start a run of the lab"))
def start_lab_run(
    act: Act, *, service: str, cases: int, seed: int, arrivals: float | None = None, officers: Mapping[str, int] | None = None
) -> LabRun:
    """Order a run: ``cases`` of the old and of the new procedure with ``seed``. The worker computes it.

    Who: the zone's administrator, an auditor, the service's supervisor. Logged: the order and the fingerprint of what it
    stands on. Refused for numbers out of their limits; Conflict when the zone has enough runs waiting.
    """
    spec = declared(service).lab
    act.require(may_run_lab, spec)
    # the zone's row is the lock under which its waiting runs are counted
    zone = Zone.objects.select_for_update().get(pk=act.actor.zone)
    waiting = LabRun.objects.filter(zone=zone, state__in=[LabRun.State.QUEUED, LabRun.State.RUNNING]).count()
    if waiting >= MOST_WAITING:
        sentence = t("本片区已有{count}个模拟在等待，请稍后再试", "{count} runs of this zone are waiting; try again later")
        raise Conflict("lab.busy", sentence.fill(count=waiting))
    on = zone.day(act.at)
    order = order_of(spec, Wish(cases, seed, arrivals, officers or {}), zone=zone.code, on=on)
    run = LabRun.objects.create(
        service=service,
        zone=zone,
        requested_by_id=act.actor.user_id or 0,
        requested_at=act.at,
        cases=cases,
        seed=seed,
        options=Wish(cases, seed, order.options.arrivals, order.options.officers).options_text(),
        on=on,
        inputs_sha256=fingerprint(spec, order),
    )
    act.record(
        "measures.start_lab_run", _subject(run), {"service": service, "cases": cases, "seed": seed, "inputs_sha256": run.inputs_sha256}
    )
    return run


@operation("measures.finish_lab_run", roles=(SYSTEM,), label=t("完成成效模拟", "Finish a run of the lab"))
def finish_lab_run(act: Act, *, run_id: int, holder: str, inputs_sha256: str, result: str) -> None:
    """Write the result of a run, once. Who: the worker that holds it; Conflict when another one took it over."""
    run = _held(run_id, holder)
    run.state, run.progress, run.result, run.inputs_sha256 = LabRun.State.DONE, 100, result, inputs_sha256
    _close(act, run, "measures.finish_lab_run")


@operation("measures.fail_lab_run", roles=(SYSTEM,), label=t("成效模拟失败", "A run of the lab failed"))
def fail_lab_run(act: Act, *, run_id: int, holder: str, error: str) -> None:
    """Give a run up. Who: the worker that holds it; Conflict when another one took it over."""
    run = _held(run_id, holder)
    run.state, run.error = LabRun.State.FAILED, error
    _close(act, run, "measures.fail_lab_run")


def _held(run_id: int, holder: str) -> LabRun:
    run = LabRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise Missing("lab.run", t("没有这次模拟", "There is no such run"))
    if run.holder != holder or run.state != LabRun.State.RUNNING:
        raise Conflict("lab.taken_over", t("这次模拟已由其他进程接手或已结束", "Another process took this run over, or it has ended"))
    return run


def _close(act: Act, run: LabRun, verb: str) -> None:
    run.finished_at, run.leased_until, run.holder = act.at, None, ""
    run.save(update_fields=["state", "progress", "result", "inputs_sha256", "error", "finished_at", "leased_until", "holder"])
    data = {"service": run.service, "state": str(run.state), "inputs_sha256": run.inputs_sha256}
    act.record(verb, _subject(run), data)
    act.emit("lab.run.ended", _subject(run), data)


def _subject(run: LabRun) -> str:
    return f"lab/{run.pk}"
