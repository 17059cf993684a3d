"""How Django finds the user of a session. Passwords are checked in ``sign_in``, where tries are counted, not here."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend

from zimao.kernel.parties.models import User

__all__ = ["LOCAL_BACKEND", "LocalBackend"]

LOCAL_BACKEND = "zimao.kernel.parties.backends.LocalBackend"


class LocalBackend(BaseBackend):
    """Loads the session's user with its party in one query; a switched-off user is nobody."""

    def get_user(self, user_id: int) -> User | None:
        return User.objects.select_related("party").filter(pk=user_id, is_active=True).first()
