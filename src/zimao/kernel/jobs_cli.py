"""``zimao worker``: the background process."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from zimao.kernel.jobs import Stop, run_worker, stop_on_signals

__all__ = ["app", "worker"]

app = typer.Typer(no_args_is_help=True)


@app.command()
def worker(
    once: Annotated[bool, typer.Option("--once", help="做完当前待办即退出 / do what is due, then end")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出汇总 / print the totals as JSON")] = False,
    idle: Annotated[float, typer.Option(min=0.05, help="空闲时的等待秒数 / seconds to wait when idle")] = 1.0,
) -> None:
    """分发事件、发送通知、执行定时任务和后台任务 / carry events, send notices, run periodic jobs and tasks."""
    stop = Stop()
    stop_on_signals(stop)
    total = run_worker(stop, once=once, idle_seconds=idle)
    if as_json:
        typer.echo(json.dumps(total))
    else:
        done = ", ".join(f"{name} {value}" for name, value in total.items() if isinstance(value, int) and not isinstance(value, bool))
        typer.echo(f"后台进程已结束 / worker ended: {done}")


if __name__ == "__main__":
    app()
