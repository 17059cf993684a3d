"""Forms like those of the services: sections, rows, conditions, own rules; one with every kind of control."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from zimao.kernel.errors import Problem, Refused
from zimao.kernel.forms import Show
from zimao.kernel.text import t

Name = Annotated[str, Field(min_length=1, max_length=60)]
Cargo = Literal["bulk", "box", "oil", "gas", "other"]
CARGOES = {
    "bulk": t("散货", "Bulk"),
    "box": t("集装箱", "Containers"),
    "oil": t("油", "Oil"),
    "gas": t("气", "Gas"),
    "other": t("其他", "Other"),
}
PORTS = {"CNFOC": t("福州", "Fuzhou"), "CNXMN": t("厦门", "Xiamen")}
BERTHS = tuple(f"berth_{number}" for number in range(40))


class Flag(Enum):
    CHINA = "cn"
    ABROAD = "other"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Ship(_Part):
    name: Annotated[
        str,
        Field(min_length=2, max_length=20, pattern=r"^[一-鿿0-9]+$"),
        Show(label=t("船名", "Ship"), example="闽海油6", help=t("须核准。", "As approved.")),
    ]
    former: Annotated[list[Name], Field(max_length=3), Show(label=t("曾用名", "Former names"))] = []
    flag: Annotated[Flag, Show(label=t("船旗", "Flag"), choices={"cn": t("中国", "China"), "other": t("外国", "Foreign")})]
    port: Annotated[str, Field(pattern=r"^[A-Z]{5}$"), Show(label=t("船籍港", "Port"), choices=lambda: PORTS)]
    length: Annotated[Decimal, Field(gt=0, max_digits=6, decimal_places=2), Show(label=t("总长", "Length"), unit="m", example="89.60")]
    tonnage: Annotated[int, Field(gt=0, le=999_999), Show(label=t("总吨", "Tonnage"), unit="GT")]
    built: Annotated[date, Show(label=t("建成日期", "Built"))]
    cargoes: Annotated[list[Cargo], Show(label=t("货种", "Cargoes"), choices=CARGOES)] = []


class Owner(_Part):
    kind: Annotated[
        Literal["enterprise", "person"],
        Show(label=t("类别", "Kind"), choices={"enterprise": t("企业", "Enterprise"), "person": t("个人", "Person")}),
    ]
    name: Annotated[Name, Show(label=t("名称", "Name"), autocomplete="organization")]
    share: Annotated[Decimal, Field(gt=0, le=100, decimal_places=2), Show(label=t("份额", "Share"), unit="%")]
    capital: Annotated[
        Decimal, Field(ge=0, le=100), Show(label=t("中方资本", "Chinese capital"), unit="%", shown_if=("kind", ("enterprise",)))
    ] = Decimal(100)


class Insurance(_Part):
    insurer: Annotated[str, Field(max_length=60), Show(label=t("保险人", "Insurer"))] = ""
    valid_from: Annotated[date | None, Show(label=t("起期", "From"))] = None
    valid_to: Annotated[date | None, Show(label=t("止期", "To"))] = None

    @model_validator(mode="after")
    def _ends_later(self) -> Insurance:
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise Refused("insurance.dates", t("止期须晚于起期", "It must end after it begins"), "valid_to")
        return self


class Delivery(_Part):
    kind: Annotated[
        Literal["electronic", "post"],
        Show(label=t("方式", "Way"), choices={"electronic": t("电子", "Electronic"), "post": t("邮寄", "Post")}),
    ] = "electronic"
    address: Annotated[
        str,
        Field(max_length=200),
        Show(label=t("地址", "Address"), autocomplete="street-address", needed=True, shown_if=("kind", ("post",))),
    ] = ""
    phone: Annotated[
        str,
        Field(pattern=r"^(\+?[0-9 -]{6,20})?$"),
        Show(label=t("电话", "Phone"), widget="tel", autocomplete="tel", example="0591-87654321"),
    ] = ""


class Application(_Part):
    ship: Annotated[Ship, Show(label=t("船舶", "The ship"))]
    owners: Annotated[list[Owner], Field(min_length=1, max_length=4), Show(label=t("所有人", "Owners"))]
    insurance: Annotated[Insurance, Show(label=t("保险", "Insurance"))] = Insurance()
    delivery: Annotated[Delivery, Show(label=t("领取", "Delivery"))] = Delivery()
    cost: Annotated[int | None, Field(ge=0, le=10**8), Show(label=t("每日成本", "Cost a day"), unit="CNY")] = None
    urgent: Annotated[bool, Show(label=t("加急", "Urgent"))] = False


class Desk(_Part):
    """As the desks of a case decide: a reason is asked for unless the answer is yes."""

    decision: Annotated[
        Literal["accept", "refuse"],
        Show(label=t("结论", "Decision"), choices={"accept": t("受理", "Accept"), "refuse": t("不予", "Refuse")}),
    ]
    reason: Annotated[
        str, Field(max_length=2000), Show(label=t("理由", "Reason"), widget="textarea", shown_if=("decision", ("refuse",)))
    ] = ""

    @model_validator(mode="after")
    def _reason_given(self) -> Desk:
        if self.decision == "refuse" and not self.reason:
            raise Refused.of([Problem("required", "reason", t("请写明理由", "Say why"))])
        return self


class Agent(_Part):
    name: Annotated[Name, Show(label=t("代理人", "Agent"))]
    mail: Annotated[str, Field(pattern=r"^\S+@\S+$"), Show(label=t("邮箱", "E-mail"), widget="email", autocomplete="email")]


class Everything(_Part):
    """One field of every kind, required and optional."""

    secret: Annotated[str, Show(label=t("口令", "Password"), widget="password", autocomplete="current-password")] = ""
    token: Annotated[str, Show(label=t("编号", "Token"), widget="hidden")] = ""
    note: Annotated[str | None, Field(max_length=500), Show(label=t("备注", "Note"), widget="textarea")] = None
    berth: Annotated[Literal[BERTHS], Show(label=t("泊位", "Berth"), choices={"berth_7": t("七号泊位", "Berth seven")})] = "berth_0"
    wanted: Annotated[Cargo | None, Show(label=t("首选货种", "Preferred cargo"), choices=CARGOES)] = None
    ready: Annotated[bool, Show(label=t("已备妥", "Ready"))]
    known: Annotated[bool | None, Show(label=t("已知", "Known"))] = None
    level: Annotated[int, Show(label=t("水位", "Water level"), unit="cm")] = 0
    arrives: Annotated[datetime | None, Show(label=t("到港时间", "Arrives"))] = None
    agent: Annotated[Agent | None, Show(label=t("代理", "Agent"))] = None


GOOD = {
    "ship": {
        "name": "闽海油6",
        "former": ["旧名"],
        "flag": "cn",
        "port": "CNFOC",
        "length": "89.60",
        "tonnage": 2998,
        "built": "2024-05-06",
        "cargoes": ["oil", "gas"],
    },
    "owners": [
        {"kind": "enterprise", "name": "海运公司", "share": "60", "capital": "51"},
        {"kind": "person", "name": "张三", "share": "40", "capital": "100"},
    ],
    "insurance": {"insurer": "", "valid_from": None, "valid_to": None},
    "delivery": {"kind": "post", "address": "福州市台江区", "phone": "0591-87654321"},
    "cost": None,
    "urgent": True,
}
