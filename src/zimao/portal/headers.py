"""Headers that keep a page to itself: what it may load, who may frame it, who may cache it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase

__all__ = ["POLICY", "secured"]

_DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    # diagrams and charts set styles through the CSS object model, which a policy without 'unsafe-inline' allows
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
POLICY = "; ".join(f"{name} {sources}" for name, sources in _DIRECTIVES.items())
"""The content security policy of every page; no inline script, no inline style, nothing from another host."""

_PERMISSIONS = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"


def secured(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The response with its headers. One that a page has set itself (a PDF, a download) stays as it is."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
    if getattr(request, "actor", None) is not None and response.headers.get("Content-Type", "").startswith("text/html"):
        # a page of somebody who is signed in must not come back from the cache of a shared computer
        response.headers.setdefault("Cache-Control", "private, no-store")
    return response
