"""Who may open a material, and the record that an officer did."""

from __future__ import annotations

from zimao.kernel.cases.models import Case, Material
from zimao.kernel.cases.policies import files_for_applicant, may_see_case
from zimao.kernel.errors import Missing
from zimao.kernel.operations import Act, Actor, operation
from zimao.kernel.parties.models import AccessRecord
from zimao.kernel.text import t

__all__ = ["open_material"]


@operation("cases.open_material", roles=("*",), label=t("查看材料", "Open a material"))
def open_material(act: Act, *, material_id: int) -> Material:
    """The material, for its owner, for who handed it in, and for those who may see a case that uses it; otherwise Missing.

    Logged: that an officer looked at it, with the case for which; the owner's side leaves no record.
    """
    material = Material.objects.filter(pk=material_id).first()
    case = _seen_in(act.actor, material) if material else None
    own = material is not None and (material.owner_id == act.actor.party_id or material.uploaded_by_id == act.actor.user_id)
    if material is None or (case is None and not own):
        raise Missing("material", t("没有这份材料，或您无权查看", "There is no such material, or you may not see it"))
    if case is not None and not own and not files_for_applicant(act.actor, case):
        AccessRecord.objects.create(
            at=act.at, user_id=act.actor.user_id, zone_id=case.zone_id, party_id=material.owner_id, field="material", purpose=case.number
        )
        act.record("cases.open_material", case.number, {"material": material.pk})
    return material


def _seen_in(actor: Actor, material: Material) -> Case | None:
    """A case using the material that the actor may see; one that the actor files for, if there is such a one."""
    seen = [use.case for use in material.uses.select_related("case") if may_see_case(actor, use.case)]
    return min(seen, key=lambda case: not files_for_applicant(actor, case), default=None)
