"""The certificate's frame as an SVG, drawn from ``frame.typ``.

    python -m zimao.kernel.documents.frame

A page that places the finished drawing is made in half the time of one that draws the frame anew; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import typst

__all__ = ["FRAME", "drawn"]

FRAME = Path(__file__).parent / "typst" / "zimao" / "documents" / "1.0.0" / "frame.svg"
_SOURCE = b"""#import "frame.typ": frame
#set page(width: 210mm, height: 297mm, margin: 0mm, fill: none, background: frame())
#h(0mm)"""


def drawn() -> bytes:
    """The drawing that ``frame.typ`` makes, A4 upright."""
    compiler = typst.Compiler(root=str(FRAME.parent), ignore_system_fonts=True)
    return cast(bytes, compiler.compile(input=_SOURCE, format="svg"))


if __name__ == "__main__":
    FRAME.write_bytes(drawn())
