"""The choices of the application, with their words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zimao.kernel.text import Text, t

__all__ = ["AREAS", "AUTOMATION", "CERTIFICATES", "DELIVERIES", "HULLS", "OIL", "SHIP_TYPES", "TRACKS", "insurers", "ports", "use_lists"]

# in the order in which the law lets them be granted
CERTIFICATES: dict[str, Text] = {
    "ownership": t("船舶所有权登记证书", "Certificate of Ship's Ownership"),
    "nationality": t("船舶国籍证书", "Certificate of Ship's Nationality"),
    "manning": t("船舶最低安全配员证书", "Minimum Safe Manning Certificate"),
    "interim_smc": t("船舶临时安全管理证书", "Interim Safety Management Certificate"),
    "mmsi": t("船舶无线电标识码证书", "Certificate of Maritime Mobile Service Identity"),
    "licence": t("船舶电台执照", "Ship Radio Station Licence"),
    "insurance": t("船舶油污损害民事责任保险证书", "Certificate of Insurance for Civil Liability for Oil Pollution Damage"),
}
TRACKS = tuple(CERTIFICATES)

SHIP_TYPES: dict[str, Text] = {
    "cargo": t("普通货船", "General cargo ship"),
    "bulk_carrier": t("散货船", "Bulk carrier"),
    "container": t("集装箱船", "Container ship"),
    "oil_tanker": t("油船", "Oil tanker"),
    "chemical_tanker": t("化学品船", "Chemical tanker"),
    "gas_carrier": t("液化气船", "Gas carrier"),
    "passenger": t("客船", "Passenger ship"),
    "ro_ro_passenger": t("客滚船", "Ro-ro passenger ship"),
    "tug": t("拖船", "Tug"),
    "other": t("其他船舶", "Other ship"),
}

AREAS: dict[str, Text] = {
    "ocean": t("远海（国际航行）", "Unrestricted, international"),
    "near_coastal": t("近海", "Near-coastal"),
    "coastal": t("沿海", "Coastal"),
    "sheltered": t("遮蔽", "Sheltered"),
    "inland_a": t("内河A级", "Inland A"),
    "inland_b": t("内河B级", "Inland B"),
    "inland_c": t("内河C级", "Inland C"),
}

OIL: dict[str, Text] = {
    "none": t("不载运油类", "No oil carried"),
    "persistent": t("散装持久性油类", "Persistent oil in bulk"),
    "non_persistent": t("散装非持久性油类", "Non-persistent oil in bulk"),
    "bunkers": t("仅燃油", "Bunkers only"),
}

HULLS: dict[str, Text] = {
    "steel": t("钢质", "Steel"),
    "aluminium": t("铝合金", "Aluminium"),
    "frp": t("玻璃钢", "Fibre-reinforced plastic"),
    "wood": t("木质", "Wood"),
    "other": t("其他", "Other"),
}

AUTOMATION: dict[str, Text] = {
    "manual": t("非自动化", "Not automated"),
    "semi": t("半自动化", "Semi-automated"),
    "unattended": t("周期无人值班", "Periodically unattended"),
}

DELIVERIES: dict[str, Text] = {
    "electronic": t("海事系统电子送达", "Electronically, through the maritime system"),
    "post": t("邮寄", "By post"),
    "pick_up": t("到窗口一次领取", "One pick-up at the counter"),
}

Lists = Callable[[], Mapping[str, Text]]
_LISTS: dict[str, Lists] = {}


def use_lists(*, ports: Lists, insurers: Lists) -> None:
    """Say where the choices come from that live in dated tables; without it the fields take any text."""
    _LISTS.update(ports=ports, insurers=insurers)


def ports() -> Mapping[str, Text]:
    """The ports of registry in force."""
    return _LISTS["ports"]() if "ports" in _LISTS else {}


def insurers() -> Mapping[str, Text]:
    """The published insurers in force."""
    return _LISTS["insurers"]() if "insurers" in _LISTS else {}
