"""The ship register: a ship is entered when her ownership is approved, and gets her numbers as they are granted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from zimao.kernel.errors import Conflict, Refused
from zimao.kernel.operations import Act
from zimao.kernel.parties.models import Party
from zimao.kernel.series import next_number
from zimao.kernel.text import t
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.models import Application, Ship, ShipOwner
from zimao.services.ship_registry.parameters import parameters_on
from zimao.services.ship_registry.queries import form_of, register_of
from zimao.services.ship_registry.rules import clash_problem, sound_of

__all__ = ["enter"]


def enter(act: Act, application: Application, certificate: str) -> None:
    """What approving a certificate writes on the register. Part of the approving step.

    Ownership enters the ship and her owners; MMSI assigns the identity asked for, or the next free one.
    """
    if certificate == "ownership":
        _enter_ship(act, application, form_of(application))
    elif certificate == "mmsi" and application.ship is not None:
        _assign_mmsi(application.ship, form_of(application).ship.mmsi, application.zone.day(act.at))


def _enter_ship(act: Act, application: Application, form: ApplicationForm) -> None:
    register = register_of(application)
    identity, built = form.ship, form.particulars
    clash = clash_problem(identity.name_zh, register, parameters_on(application.zone_id, application.zone.day(act.at)).lookalikes())
    if clash:
        # another ship took the name between application and approval; the desk picks an alternative (operations.use_alternative)
        where = t("{why}（备选船名页：/ships/{number}/name）", "{why} (page of alternatives: /ships/{number}/name)")
        raise Conflict(clash.code, where.fill(why=clash.sentence, number=application.number))
    for number in (identity.identification_number, identity.imo_number, identity.mmsi, identity.call_sign):
        if number and number in register.numbers:
            sentence = t("号码{number}已被其他船舶使用", "{number} belongs to another ship").fill(number=number)
            raise Conflict("number_taken", sentence)
    serial = next_number(f"ships/register/{application.zone_id}/{act.at.year}")
    ship = Ship.objects.create(
        zone_id=application.zone_id,
        register_number=f"{built.port[2:]}{act.at.year}{serial:06d}",
        name_zh=identity.name_zh,
        name_en=identity.name_en,
        name_sound=sound_of(identity.name_zh),
        identification_number=identity.identification_number,
        imo_number=identity.imo_number,
        call_sign=identity.call_sign,
        ship_type=built.ship_type,
        port=built.port,
        gross_tonnage=built.gross_tonnage,
        net_tonnage=built.net_tonnage,
        particulars=built.model_dump_json(),
        registered_on=application.zone.day(act.at),
    )
    for owner in form.owners:
        ShipOwner.objects.create(
            ship=ship,
            name=owner.name,
            scheme="uscc" if owner.kind == "enterprise" else "resident_id",
            identifier=owner.identifier,
            identifier_index=Party.index_of(owner.identifier),
            share_basis_points=int(owner.share * Decimal(100)),
        )
    application.ship = ship
    application.save(update_fields=["ship"])


def _assign_mmsi(ship: Ship, wanted: str, on: date) -> None:
    ship.mmsi = wanted or _free_mmsi(ship.zone_id, on)
    ship.save(update_fields=["mmsi"])


def _free_mmsi(zone: str, on: date) -> str:
    """The next identity of the zone's block (``ship_parameters``) that no ship on the register holds; Refused when none is left."""
    values = parameters_on(zone, on).values()
    first, last = values["mmsi_block_first"], values["mmsi_block_last"]
    while True:
        candidate = first + next_number(f"ships/mmsi/{zone}/{first}") - 1
        if candidate > last:
            sentence = t(
                "可指配的标识码已用完（{first}至{last}），请管理员在参数表中登记新号段",
                "No identity is left of {first} to {last}; the administrator has to enter a new block",
            )
            raise Refused("mmsi_block", sentence.fill(first=first, last=last))
        if not Ship.objects.filter(mmsi=str(candidate)).exists():
            return str(candidate)
