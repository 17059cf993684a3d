"""The manifest of the service: all that the kernel needs to know of it."""

from __future__ import annotations

from zimao.kernel.cases.panels import register_case_panel, register_task_panel, register_words
from zimao.kernel.cases.processes import ProcessSpec, register_process
from zimao.kernel.decisions import register_decision
from zimao.kernel.documents.render import register_templates
from zimao.kernel.manifest import ServiceManifest, register_service
from zimao.kernel.measures import register_measures
from zimao.kernel.parties.roles import Role, register_mandate_service, register_roles
from zimao.kernel.text import t
from zimao.services.ship_registry.cards import cards
from zimao.services.ship_registry.demo import load
from zimao.services.ship_registry.forms import AcceptForm, ApproveForm, CorrectionForm, DispatchForm, ExamineForm, MakeForm
from zimao.services.ship_registry.hooks import ShipHooks
from zimao.services.ship_registry.measures import measures
from zimao.services.ship_registry.pages.panels import WORDS, case_panel, task_panel
from zimao.services.ship_registry.parameters import FOLDER, periods_on
from zimao.services.ship_registry.planning import target_on
from zimao.services.ship_registry.reference import register_tables
from zimao.services.ship_registry.simulation import lab_spec

__all__ = ["KEY", "NAME", "PROCESS", "ROLES", "register"]

KEY = "ship_registry"
NAME = t("船舶初始化登记“一件事一次办”", "Ship initial registration, seven certificates at once")
_DESK = t("办理船舶登记办件", "Works on ship cases")

ROLES = (
    Role(
        "ship_registry.acceptance",
        t("船舶登记·受理", "Ships: acceptance"),
        t("受理、补正、不予受理", "Accepts, asks for correction, refuses acceptance"),
        reveals=True,
    ),
    Role("ship_registry.registration", t("船舶登记·登记审查", "Ships: registration"), _DESK, reveals=True),
    Role("ship_registry.manning", t("船舶登记·配员审查", "Ships: manning"), _DESK),
    Role("ship_registry.safety", t("船舶登记·安全管理审查", "Ships: safety management"), _DESK),
    Role("ship_registry.radio", t("船舶登记·无线电审查", "Ships: radio"), _DESK),
    Role("ship_registry.insurance", t("船舶登记·油污保险审查", "Ships: insurance"), _DESK),
    Role(
        "ship_registry.approver",
        t("船舶登记·审批", "Ships: approver"),
        t("审批证书，不得审批本人审查的办件", "Approves certificates, never a case that he examined"),
        reveals=True,
    ),
    Role(
        "ship_registry.certificate_room",
        t("船舶登记·制证", "Ships: certificate room"),
        t("制证、用章、送达", "Makes, seals and dispatches certificates"),
        reveals=True,
    ),
    Role(
        "ship_registry.supervisor",
        t("船舶登记·督办", "Ships: supervisor"),
        t("查看全部、延期、中止、改派", "Sees all, extends, suspends, reassigns"),
        reveals=True,
    ),
)

PROCESS = ProcessSpec(
    key="ship_initial_registration",
    service=KEY,
    title=NAME,
    folder=FOLDER / "processes",
    prefix="SR",
    hooks=ShipHooks(),
    periods=periods_on,
    forms={
        "accept_application": AcceptForm,
        "answer_correction": CorrectionForm,
        "examine": ExamineForm,
        "approve": ApproveForm,
        "make": MakeForm,
        "dispatch": DispatchForm,
    },
    ends={
        "end_completed": "completed",
        "end_not_accepted": "not_accepted",
        "end_withdrawn_for_silence": "withdrawn",
    },
    supervisor="ship_registry.supervisor",
    target=target_on,
)


MANIFEST = ServiceManifest(
    key=KEY,
    number=10,
    name=NAME,
    summary=t(
        "新造船舶一次申请、一套材料，七本证书并联审批，最多跑一趟。",
        "One application and one set of materials for a new ship; seven certificates are examined side by side, with one trip at most.",
    ),
    start_url="/ships/start",
    public_url="/ships/start",
    roles=ROLES,
    cards=cards,
    urls="zimao.services.ship_registry.urls",
    api="zimao.services.ship_registry.api:router",
    cli="zimao.services.ship_registry.cli:app",
    demo=load,
)


def register() -> None:
    """Make the service known to the kernel; called once the apps are ready."""
    register_roles(*ROLES)
    register_mandate_service(KEY, NAME)
    register_tables()
    register_templates(KEY, FOLDER / "documents")
    register_process(PROCESS)
    register_decision(
        "ship.certificates",
        t("船舶登记：适用证书", "Ships: certificates that a ship needs"),
        FOLDER / "decisions" / "applicable_certificates.dmn",
    )
    register_words(KEY, WORDS)
    register_case_panel(KEY, case_panel)
    register_task_panel(KEY, task_panel)
    register_measures(KEY, measures, lab_spec())
    register_service(MANIFEST)
