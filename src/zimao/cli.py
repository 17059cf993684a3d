"""The ``zimao`` command: the parts' commands, every service's, and those that run the installation."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import django
import typer
from django.core.management import call_command

from zimao.kernel.errors import ZimaoError
from zimao.kernel.manifest import services

__all__ = ["build", "main"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zimao.settings")

PARTS: Mapping[str, str] = {
    "parties": "zimao.kernel.parties.cli:app",
    "calendars": "zimao.kernel.calendars.cli:app",
    "tables": "zimao.kernel.tables.cli:app",
    "decisions": "zimao.kernel.decisions.cli:app",
    "documents": "zimao.kernel.documents.cli:app",
    "evidence": "zimao.kernel.evidence.cli:app",
    "lab": "zimao.kernel.measures.cli:app",
    "measures": "zimao.kernel.measures.cli:measures_app",
}
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON · Print JSON")]


def _language() -> str:
    return "en" if os.environ.get("LANG", "").startswith("en") else "zh"


def _print(found: Any, lines: Sequence[str], as_json: bool) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1, default=str) if as_json else "\n".join(lines))


def _load(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)


def build() -> typer.Typer:
    """The whole command; Django must be set up, because the parts' commands import their models."""
    app = typer.Typer(no_args_is_help=True, help="zimao 自贸", pretty_exceptions_enable=False)
    for command in (serve, demo, migrate, openapi):
        app.command()(command)
    app.command("worker")(_load("zimao.kernel.jobs_cli:worker"))
    for name, where in PARTS.items():
        app.add_typer(_load(where), name=name)
    for service in services():
        found = _load(service.cli)
        named = found.info.name if isinstance(found.info.name, str) else service.key.replace("_", "-")
        app.add_typer(found, name=named)
    return app


def serve(
    host: Annotated[str, typer.Option(help="监听地址 · Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口 · Port")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="服务进程数 · Server processes")] = 2,
    *,
    worker: Annotated[bool, typer.Option(help="同时运行后台进程 · Run the background worker beside the server")] = True,
    as_json: AsJson = False,
) -> None:
    """启动网站和后台进程，按 Ctrl+C 停止 · Run the site and its worker until Ctrl+C or SIGTERM."""
    run = _load("zimao.serve:run")
    raise typer.Exit(run(host=host, port=port, workers=workers, worker=worker, as_json=as_json, language=_language()))


def demo(as_json: AsJson = False) -> None:
    """装载演示数据，可重复执行 · Load the demonstration; running it again adds nothing twice."""
    loaded = _load("zimao.demo:load")(lambda line: typer.echo(line, err=True))
    _print(loaded.as_dict(_language()), loaded.lines(_language()), as_json)


def migrate(as_json: AsJson = False) -> None:
    """建立或升级数据库 · Make the database, or bring it up to date."""
    call_command("migrate", interactive=False, verbosity=0 if as_json else 1)
    if as_json:
        _print({"migrated": True}, (), as_json)


def openapi(
    out: Annotated[Path | None, typer.Option("--out", help="写入文件 · File to write")] = None,
    as_json: AsJson = False,
) -> None:
    """输出接口描述（OpenAPI） · Print or write the OpenAPI description of the API; it is JSON with and without --json."""
    schema = json.dumps(_load("zimao.api:api").get_openapi_schema(path_prefix="/api/v1/"), ensure_ascii=False, indent=1, default=str)
    if out is None:
        typer.echo(schema)
        return
    out.write_text(schema + "\n", encoding="utf-8")
    _print({"file": str(out), "bytes": out.stat().st_size}, [str(out)], as_json)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command. An error of the platform is one sentence (or, with ``--json``, a problem document) and exit code 1."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:2] == ["evidence", "verify"]:  # offline: who checks a proof has no settings and no database
        _load("zimao.kernel.evidence.verifier:main")(given[2:])
    django.setup()
    try:
        build()(given)
    except ZimaoError as error:
        language = _language()
        lines = [f"{one.field}: {one.sentence.into(language)}" if one.field else one.sentence.into(language) for one in error.problems]
        as_json = "--json" in given
        typer.echo(json.dumps(error.as_problem(language), ensure_ascii=False, indent=1) if as_json else "\n".join(lines), err=not as_json)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
