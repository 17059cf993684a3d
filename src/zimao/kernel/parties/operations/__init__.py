"""Every write of this part, by subject."""

from __future__ import annotations

from zimao.kernel.parties.operations.access import record_look, reveal
from zimao.kernel.parties.operations.credentials import (
    change_password,
    confirm_totp,
    create_token,
    remove_totp,
    renew_recovery_codes,
    reset_totp,
    revoke_token,
    set_language,
    start_totp,
)
from zimao.kernel.parties.operations.keys import note_rotation
from zimao.kernel.parties.operations.mandates import end_mandate, give_mandate
from zimao.kernel.parties.operations.memberships import create_unit, create_zone, end_role, grant_role
from zimao.kernel.parties.operations.registration import register_enterprise, register_openid, register_person
from zimao.kernel.parties.operations.tries import accept_code, count_try, forget_tries, give_back_try, record_sign_in

__all__ = [
    "accept_code",
    "change_password",
    "confirm_totp",
    "count_try",
    "create_token",
    "create_unit",
    "create_zone",
    "end_mandate",
    "end_role",
    "forget_tries",
    "give_back_try",
    "give_mandate",
    "grant_role",
    "note_rotation",
    "record_look",
    "record_sign_in",
    "register_enterprise",
    "register_openid",
    "register_person",
    "remove_totp",
    "renew_recovery_codes",
    "reset_totp",
    "reveal",
    "revoke_token",
    "set_language",
    "start_totp",
]
