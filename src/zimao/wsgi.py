"""The door for a web server that speaks WSGI; ``zimao serve`` opens it with Granian."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

__all__ = ["application"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zimao.settings")
application = get_wsgi_application()
