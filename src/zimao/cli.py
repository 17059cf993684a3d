"""The ``zimao`` command."""

from __future__ import annotations

import os

import django
import typer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zimao.settings")
app = typer.Typer(no_args_is_help=True, help="zimao 自贸")


def main() -> None:
    django.setup()
    app()
