"""One Pydantic model per form: the API body, the page's form and the pack's schema all come from it."""

from zimao.services.ship_registry.forms.application import (
    ApplicationForm,
    BuildContract,
    DeliveryWish,
    InsurancePolicy,
    Manager,
    Owner,
    Particulars,
    RadioEquipment,
    ShipIdentity,
)
from zimao.services.ship_registry.forms.desks import AcceptForm, ApproveForm, CorrectionForm, DispatchForm, ExamineForm, MakeForm

__all__ = [
    "AcceptForm",
    "ApplicationForm",
    "ApproveForm",
    "BuildContract",
    "CorrectionForm",
    "DeliveryWish",
    "DispatchForm",
    "ExamineForm",
    "InsurancePolicy",
    "MakeForm",
    "Manager",
    "Owner",
    "Particulars",
    "RadioEquipment",
    "ShipIdentity",
]
