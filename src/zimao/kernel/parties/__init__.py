"""Who there is and who may do what: parties, users, zones, roles, mandates, signing in, personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zimao.kernel._door import lazy_door

if TYPE_CHECKING:
    from zimao.kernel.parties.actors import actor_for, must_enrol, platform_actor, resolve_actor, zones_of
    from zimao.kernel.parties.auth import SessionOnly, SessionOrToken
    from zimao.kernel.parties.fields import BlindIndexField, EncryptedTextField, blind_index, blind_indexes, mask
    from zimao.kernel.parties.identifiers import check, container_number, iban, imo_number, lei, mmsi, passport, resident_id, uscc
    from zimao.kernel.parties.models import AccessRecord, Mandate, Membership, Party, Unit, User, Zone
    from zimao.kernel.parties.operations import end_mandate, end_role, give_mandate, grant_role, record_look, reveal
    from zimao.kernel.parties.policies import acts_for, holds_role, is_self, may_reveal, principals_of, same_zone
    from zimao.kernel.parties.queries import MaskedParty, masked, officers_with, party_with
    from zimao.kernel.parties.roles import Role, register_mandate_service, register_roles, registered_roles, role_label

__all__ = [
    "AccessRecord",
    "BlindIndexField",
    "EncryptedTextField",
    "Mandate",
    "MaskedParty",
    "Membership",
    "Party",
    "Role",
    "SessionOnly",
    "SessionOrToken",
    "Unit",
    "User",
    "Zone",
    "actor_for",
    "acts_for",
    "blind_index",
    "blind_indexes",
    "check",
    "container_number",
    "end_mandate",
    "end_role",
    "give_mandate",
    "grant_role",
    "holds_role",
    "iban",
    "imo_number",
    "is_self",
    "lei",
    "mask",
    "masked",
    "may_reveal",
    "mmsi",
    "must_enrol",
    "officers_with",
    "party_with",
    "passport",
    "platform_actor",
    "principals_of",
    "record_look",
    "register_mandate_service",
    "register_roles",
    "registered_roles",
    "resident_id",
    "resolve_actor",
    "reveal",
    "role_label",
    "same_zone",
    "uscc",
    "zones_of",
]

_WHERE = {
    ".actors": ("actor_for", "must_enrol", "platform_actor", "resolve_actor", "zones_of"),
    ".auth": ("SessionOnly", "SessionOrToken"),
    ".fields": ("BlindIndexField", "EncryptedTextField", "blind_index", "blind_indexes", "mask"),
    ".identifiers": ("check", "container_number", "iban", "imo_number", "lei", "mmsi", "passport", "resident_id", "uscc"),
    ".models": ("AccessRecord", "Mandate", "Membership", "Party", "Unit", "User", "Zone"),
    ".operations": ("end_mandate", "end_role", "give_mandate", "grant_role", "record_look", "reveal"),
    ".policies": ("acts_for", "holds_role", "is_self", "may_reveal", "principals_of", "same_zone"),
    ".queries": ("MaskedParty", "masked", "officers_with", "party_with"),
    ".roles": ("Role", "register_mandate_service", "register_roles", "registered_roles", "role_label"),
}

__getattr__, __dir__ = lazy_door(__name__, {name: module for module, names in _WHERE.items() for name in names})
