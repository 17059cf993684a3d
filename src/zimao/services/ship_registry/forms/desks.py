"""The forms with which the desks complete their tasks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.forms import Show
from zimao.kernel.text import t
from zimao.services.ship_registry.forms.codes import DELIVERIES

__all__ = ["AcceptForm", "ApproveForm", "CorrectionForm", "DispatchForm", "ExamineForm", "MakeForm"]

Reason = Annotated[str, Field(max_length=2000)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def _need(present: str, field: str, zh: str, en: str) -> None:
    if not present:
        raise Refused.of([Problem("required", field, t(zh, en))])


class AcceptForm(_Form):
    """Accept, ask once for a correction, or refuse acceptance (行政许可法 arts 31, 32)."""

    decision: Annotated[
        Literal["accept", "correct", "refuse"],
        Show(
            label=t("受理结论", "Decision"),
            choices={
                "accept": t("受理", "Accept"),
                "correct": t("一次性告知补正", "Ask once for everything to be corrected"),
                "refuse": t("不予受理", "Refuse acceptance"),
            },
            help=t("补正只能要求一次，请一次列全。", "A correction may be asked for only once: list everything."),
        ),
    ]
    reason: Annotated[
        Reason,
        Show(
            label=t("补正内容或不予受理理由", "What to correct, or why acceptance is refused"),
            widget="textarea",
            help=t("申请人会看到这段文字。", "The applicant reads this text."),
            shown_if=("decision", ("correct", "refuse")),
        ),
    ] = ""

    @model_validator(mode="after")
    def _reason_given(self) -> AcceptForm:
        if self.decision != "accept":
            _need(
                self.reason, "reason", "请写明需要补正的内容或不予受理的理由", "Say what is to be corrected, or why acceptance is refused"
            )
        return self


class CorrectionForm(_Form):
    """The applicant's one answer to the one request for correction."""

    answer: Annotated[
        Reason,
        Field(min_length=1),
        Show(
            label=t("补正说明", "What was corrected"),
            widget="textarea",
            help=t(
                "请先补充材料、修改申请，再提交说明。", "Hand in the missing materials and mend the application first, then send this note."
            ),
        ),
    ]


class ExamineForm(_Form):
    """An examiner's finding on one certificate: examination, or pre-examination while the predecessor is under review."""

    decision: Annotated[
        Literal["pass", "fail"],
        Show(
            label=t("审查意见", "Recommendation"),
            choices={"pass": t("建议准予", "Recommend approval"), "fail": t("建议不予", "Recommend refusal")},
        ),
    ]
    checked: Annotated[
        bool,
        Show(label=t("已核对申请内容与全部材料", "I have checked the application against all materials")),
    ] = False
    findings: Annotated[Reason, Show(label=t("审查说明", "Findings"), widget="textarea")] = ""

    @model_validator(mode="after")
    def _complete(self) -> ExamineForm:
        if not self.checked:
            raise Refused("not_checked", t("请先核对申请与材料并勾选确认", "Check application and materials first, and say so"), "checked")
        if self.decision == "fail":
            _need(self.findings, "findings", "建议不予时请写明理由", "Say why refusal is recommended")
        return self


class ApproveForm(_Form):
    """The approver's decision on one certificate."""

    decision: Annotated[
        Literal["approve", "refuse"],
        Show(label=t("审批决定", "Decision"), choices={"approve": t("准予", "Approve"), "refuse": t("不予许可", "Refuse")}),
    ]
    reason: Annotated[
        Reason,
        Show(label=t("不予许可的理由", "Reason for refusal"), widget="textarea", shown_if=("decision", ("refuse",))),
    ] = ""
    article: Annotated[
        str,
        Field(max_length=200),
        Show(
            label=t("法律依据", "Legal basis"),
            example="船舶登记条例第二条",
            help=t("将写入决定书。", "It is written into the decision letter."),
            shown_if=("decision", ("refuse",)),
        ),
    ] = ""

    @model_validator(mode="after")
    def _reason_given(self) -> ApproveForm:
        if self.decision == "refuse":
            _need(self.reason, "reason", "不予许可必须说明理由", "A refusal must give its reason")
            _need(self.article, "article", "不予许可必须写明法律依据", "A refusal must name its legal basis")
        return self


class MakeForm(_Form):
    """The certificate room makes and seals the certificate."""

    confirmed: Annotated[
        bool,
        Show(label=t("证书内容与批准内容一致，予以制证用章", "The certificate says what was approved; make and seal it")),
    ] = False

    @model_validator(mode="after")
    def _confirmed(self) -> MakeForm:
        if not self.confirmed:
            raise Refused("not_confirmed", t("请确认证书内容后再制证", "Confirm the contents before the certificate is made"), "confirmed")
        return self


class DispatchForm(_Form):
    """Everything is handed over at once, one way."""

    kind: Annotated[
        Literal["electronic", "post", "pick_up"],
        Show(label=t("送达方式", "Way of delivery"), choices=DELIVERIES),
    ]
    tracking_number: Annotated[
        str,
        Field(max_length=40, pattern=r"^[A-Z0-9]*$"),
        Show(label=t("邮件号", "Tracking number"), example="EA123456789CN", shown_if=("kind", ("post",))),
    ] = ""

    @model_validator(mode="after")
    def _tracked(self) -> DispatchForm:
        if self.kind == "post":
            _need(self.tracking_number, "tracking_number", "邮寄时请填写邮件号", "Give the tracking number of the post")
        return self
