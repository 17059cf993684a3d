"""Small diagrams for tests."""

from __future__ import annotations

__all__ = ["bpmn"]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zimao="urn:zimao:bpmn:1.0" id="d" targetNamespace="urn:test">'
)


def bpmn(body: str, *, messages: dict[str, str] | None = None, key: str = "p", version: int = 1) -> bytes:
    """A BPMN file with one process whose contents are ``body``."""
    named = "".join(f'<message id="{one}" name="{name}"/>' for one, name in (messages or {}).items())
    return f'{_HEAD}{named}<process id="{key}" isExecutable="true" zimao:version="{version}">{body}</process></definitions>'.encode()
