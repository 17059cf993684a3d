"""The words with which the service speaks to the owner."""

from __future__ import annotations

from zimao.kernel.notices import NoticeTemplate
from zimao.kernel.text import t

__all__ = ["ACCEPTED", "CLOSED", "CORRECTION", "DISPATCHED", "REFUSED", "REMINDER", "RENAMED"]

ACCEPTED = NoticeTemplate(
    "ship_registry.accepted",
    t("船舶登记申请已受理", "Your ship application was accepted"),
    t(
        "七项证书已同时进入审查。您可以在办件页面查看每项进度。",
        "All certificates are being examined at the same time. The case page shows where each stands.",
    ),
)
CORRECTION = NoticeTemplate(
    "ship_registry.correction",
    t("请一次性补正申请", "Please correct your application"),
    t("需要补正：{reason}。补正期间计时中止。", "To be corrected: {reason}. The clock stands still until you answer."),
)
REFUSED = NoticeTemplate(
    "ship_registry.refused",
    t("{certificate}：不予许可", "{certificate}: refused"),
    t(
        "理由：{reason}。决定书可在办件页面下载，其中写明复议和诉讼途径。",
        "Reason: {reason}. The decision letter on the case page says how to appeal.",
    ),
)
RENAMED = NoticeTemplate(
    "ship_registry.renamed",
    t("已改用备选船名“{name}”", "An alternative name is used: “{name}”"),
    t(
        "“{before}”已被其他船舶登记，现按您列出的备选船名“{name}”办理。请联系保险人更正保单上的船名。",
        "“{before}” was registered for another ship; your alternative “{name}” is used. Ask your insurer to correct the policy.",
    ),
)
DISPATCHED = {
    "electronic": NoticeTemplate(
        "ship_registry.dispatched_electronic",
        t("证书已全部送达", "Your certificates are here"),
        t(
            "全部证书已通过海事系统送达，请在办件页面下载。",
            "All certificates were delivered through the maritime system; download them on the case page.",
        ),
    ),
    "post": NoticeTemplate(
        "ship_registry.dispatched_post",
        t("证书已全部寄出", "Your certificates are in the post"),
        t("全部证书已一次寄出，邮件号{tracking}。", "All certificates were posted together, tracking number {tracking}."),
    ),
    "pick_up": NoticeTemplate(
        "ship_registry.dispatched_pick_up",
        t("证书可一次领取", "Your certificates can be collected"),
        t("请凭领取码{code}到窗口一次领取全部证书。", "Collect all certificates in one visit with the code {code}."),
    ),
}
CLOSED = {
    "completed": NoticeTemplate(
        "ship_registry.completed",
        t("船舶初始登记已办结", "Your ship's registration is complete"),
        t("各项证书的结果见办件页面。", "The case page shows the result of each certificate."),
    ),
    "not_accepted": NoticeTemplate(
        "ship_registry.not_accepted",
        t("船舶登记申请不予受理", "Your ship application was not accepted"),
        t("不予受理决定书可在办件页面下载。", "The letter with the reason is on the case page."),
    ),
    "withdrawn": NoticeTemplate(
        "ship_registry.withdrawn",
        t("船舶登记申请已撤回", "Your ship application is withdrawn"),
        t(
            "已批准的证书继续有效；材料和预审结果保留六个月。",
            "Certificates approved before stand; materials and findings are kept for six months.",
        ),
    ),
}
REMINDER = NoticeTemplate(
    "ship_registry.reminder",
    t("{task} 期限提醒", "{task}: time is running"),
    t("办件{case}的“{task}”{what}。", "Case {case}: “{task}” {what}."),
    channels=(),
)
