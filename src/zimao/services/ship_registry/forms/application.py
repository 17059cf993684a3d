"""The one application for seven certificates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from zimao.kernel.forms import Show
from zimao.kernel.text import t
from zimao.services.ship_registry.forms.codes import AREAS, AUTOMATION, DELIVERIES, HULLS, OIL, SHIP_TYPES, insurers, ports

__all__ = [
    "ApplicationForm",
    "BuildContract",
    "DeliveryWish",
    "InsurancePolicy",
    "Manager",
    "Owner",
    "Particulars",
    "RadioEquipment",
    "ShipIdentity",
]

Metres = Annotated[Decimal, Field(gt=0, max_digits=6, decimal_places=2)]
Tons = Annotated[int, Field(gt=0, le=999_999)]
Name = Annotated[str, Field(min_length=1, max_length=60)]

ShipType = Literal[
    "cargo", "bulk_carrier", "container", "oil_tanker", "chemical_tanker", "gas_carrier", "passenger", "ro_ro_passenger", "tug", "other"
]
Area = Literal["ocean", "near_coastal", "coastal", "sheltered", "inland_a", "inland_b", "inland_c"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ShipIdentity(_Part):
    """What the ship is called and by which numbers she is known."""

    name_zh: Annotated[
        str,
        Field(min_length=2, max_length=20, pattern=r"^[一-鿿〇0-9]+$"),
        Show(
            label=t("船名", "Ship's name in Chinese"),
            example="闽海油6",
            help=t(
                "须与船名核准书一致；不得与本登记机关已登记船名相同或同音。",
                "As approved; neither the same as, nor sounding like, a name on this register.",
            ),
        ),
    ]
    name_en: Annotated[
        str,
        Field(min_length=2, max_length=60, pattern=r"^[A-Z0-9 .'-]+$"),
        Show(label=t("英文船名", "Ship's name in Latin letters"), example="MIN HAI YOU 6"),
    ]
    alternatives: Annotated[
        list[Name],
        Field(max_length=3),
        Show(label=t("备选船名（最多3个）", "Alternative names (up to 3)")),
    ] = []
    identification_number: Annotated[
        str,
        Field(pattern=r"^CN\d{11}$"),
        Show(label=t("船舶识别号", "Ship identification number"), example="CN20241234567", help=t("CN加11位数字。", "CN and 11 digits.")),
    ]
    imo_number: Annotated[
        str,
        Field(pattern=r"^(\d{7})?$"),
        Show(
            label=t("IMO编号", "IMO number"),
            example="9074729",
            help=t(
                "100总吨及以上国际航行客船、300总吨及以上国际航行货船必填。",
                "Required for seagoing passenger ships of 100 GT and cargo ships of 300 GT or more.",
            ),
        ),
    ] = ""
    call_sign: Annotated[str, Field(pattern=r"^([A-Z0-9]{4})?$"), Show(label=t("呼号", "Call sign"), example="BOAB")] = ""
    mmsi: Annotated[
        str,
        Field(pattern=r"^(\d{9})?$"),
        Show(
            label=t("拟用水上移动业务标识码", "MMSI asked for"),
            example="413123456",
            help=t("可留空，由登记机关指配。", "May be left empty: the registry assigns one."),
        ),
    ] = ""


class Particulars(_Part):
    """The ship as built and measured."""

    ship_type: Annotated[ShipType, Show(label=t("船舶种类", "Ship type"), choices=SHIP_TYPES)]
    hull: Annotated[Literal["steel", "aluminium", "frp", "wood", "other"], Show(label=t("船体材料", "Hull material"), choices=HULLS)] = (
        "steel"
    )
    builder: Annotated[Name, Show(label=t("建造厂", "Builder"))]
    place_built: Annotated[Name, Show(label=t("建造地点", "Place of build"))]
    keel_laid: Annotated[date, Show(label=t("安放龙骨日期", "Keel laid"))]
    completed: Annotated[date, Show(label=t("建造完工日期", "Completed"))]
    length: Annotated[Metres, Show(label=t("总长", "Length over all"), unit="m", example="89.60")]
    breadth: Annotated[Metres, Show(label=t("型宽", "Moulded breadth"), unit="m", example="14.20")]
    depth: Annotated[Metres, Show(label=t("型深", "Moulded depth"), unit="m", example="6.80")]
    gross_tonnage: Annotated[Tons, Show(label=t("总吨", "Gross tonnage"), unit="GT", example="2998")]
    net_tonnage: Annotated[Tons, Show(label=t("净吨", "Net tonnage"), unit="NT", example="1678")]
    deadweight: Annotated[Tons, Show(label=t("载重吨", "Deadweight"), unit="t", example="4980")]
    engine_kind: Annotated[Name, Show(label=t("主机种类", "Main engine"), example="柴油机")]
    engine_count: Annotated[int, Field(ge=1, le=8), Show(label=t("主机台数", "Number of main engines"), example="1")] = 1
    engine_power: Annotated[int, Field(gt=0, le=200_000), Show(label=t("主机总功率", "Total main engine power"), unit="kW", example="1765")]
    automation: Annotated[
        Literal["manual", "semi", "unattended"],
        Show(
            label=t("机舱自动化", "Engine room automation"),
            choices=AUTOMATION,
        ),
    ] = "manual"
    area: Annotated[Area, Show(label=t("航区", "Navigation area"), choices=AREAS)]
    port: Annotated[
        str, Field(pattern=r"^[A-Z]{5}$"), Show(label=t("船籍港", "Port of registry"), example="CNFOC", choices=ports, widget="select")
    ]
    oil: Annotated[Literal["none", "persistent", "non_persistent", "bunkers"], Show(label=t("载运油类", "Oil carried"), choices=OIL)]
    oil_tonnes: Annotated[
        int, Field(ge=0, le=999_999), Show(label=t("载油量", "Oil carried"), unit="t", shown_if=("oil", ("persistent", "non_persistent")))
    ] = 0
    radio: Annotated[
        bool, Show(label=t("装有需要标识码的无线电设备（AIS、DSC等）", "Fitted with radio that needs an identity (AIS, DSC)"))
    ] = False


class Owner(_Part):
    """One owner and the share held."""

    kind: Annotated[
        Literal["enterprise", "person"],
        Show(label=t("类别", "Kind"), choices={"enterprise": t("企业", "Enterprise"), "person": t("个人", "Person")}),
    ]
    name: Annotated[Name, Show(label=t("姓名或名称", "Name"))]
    identifier: Annotated[
        str,
        Field(min_length=1, max_length=30),
        Show(label=t("统一社会信用代码或身份证号", "Credit code or resident ID"), example="91350100M000100Y43"),
    ]
    share: Annotated[Decimal, Field(gt=0, le=100, decimal_places=2), Show(label=t("份额", "Share"), unit="%", example="100")]
    chinese_capital: Annotated[
        Decimal,
        Field(ge=0, le=100, decimal_places=2),
        Show(label=t("中方资本比例", "Chinese capital"), unit="%", example="100", shown_if=("kind", ("enterprise",))),
    ] = Decimal(100)


class Manager(_Part):
    """The company that manages the ship under the ISM Code or the NSM rules."""

    is_owner: Annotated[bool, Show(label=t("管理公司即船舶所有人", "The owner manages the ship"))] = True
    name: Annotated[str, Field(max_length=60), Show(label=t("管理公司名称", "Manager"), shown_if=("is_owner", ("false",)))] = ""
    doc_number: Annotated[
        str, Field(max_length=40), Show(label=t("符合证明（DOC）编号", "Document of Compliance"), example="DOC-FJ-2023-018")
    ] = ""
    doc_valid_to: Annotated[date | None, Show(label=t("DOC有效期至", "DOC valid to"))] = None
    doc_ship_types: Annotated[list[ShipType], Show(label=t("DOC覆盖的船种", "Ship types the DOC covers"), choices=SHIP_TYPES)] = []


class BuildContract(_Part):
    """How the owner came to own the ship."""

    number: Annotated[str, Field(min_length=1, max_length=60), Show(label=t("建造合同编号", "Building contract"), example="HT-2023-066")]
    delivered_on: Annotated[date, Show(label=t("交接日期", "Delivered on"))]
    mortgage: Annotated[bool, Show(label=t("已设定抵押权", "The ship is mortgaged"))] = False
    mortgagee_consents: Annotated[bool, Show(label=t("抵押权人同意登记", "The mortgagee consents"), shown_if=("mortgage", ("true",)))] = (
        False
    )


class RadioEquipment(_Part):
    """One piece of radio equipment."""

    kind: Annotated[Name, Show(label=t("设备", "Equipment"), example="VHF DSC")]
    model: Annotated[Name, Show(label=t("型号", "Model"))]
    type_approval: Annotated[Name, Show(label=t("型号核准代码", "Type approval"))]


class InsurancePolicy(_Part):
    """Insurance or other financial security for oil pollution damage."""

    insurer: Annotated[
        str,
        Field(max_length=60),
        Show(
            label=t("保险人", "Insurer"),
            choices=insurers,
            widget="select",
            help=t("须在主管机关公布的名单内。", "One of the published list."),
        ),
    ] = ""
    number: Annotated[str, Field(max_length=60), Show(label=t("保单号", "Policy number"))] = ""
    limit: Annotated[int, Field(ge=0, le=10**12), Show(label=t("责任限额", "Limit of liability"), unit="SDR")] = 0
    valid_from: Annotated[date | None, Show(label=t("保险起期", "From"))] = None
    valid_to: Annotated[date | None, Show(label=t("保险止期", "To"))] = None
    ship_name: Annotated[str, Field(max_length=60), Show(label=t("被保险船舶", "Ship insured"))] = ""


class DeliveryWish(_Part):
    """How the owner wants to receive the certificates: all at once, one way."""

    kind: Annotated[Literal["electronic", "post", "pick_up"], Show(label=t("领取方式", "Way of delivery"), choices=DELIVERIES)] = (
        "electronic"
    )
    address: Annotated[str, Field(max_length=200), Show(label=t("邮寄地址", "Postal address"), shown_if=("kind", ("post",)))] = ""
    phone: Annotated[str, Field(pattern=r"^(\+?[0-9 -]{6,20})?$"), Show(label=t("联系电话", "Telephone"), example="0591-87654321")] = ""


class ApplicationForm(_Part):
    """Everything the seven certificates need, asked once."""

    ship: Annotated[ShipIdentity, Show(label=t("船舶标识", "The ship"))]
    particulars: Annotated[Particulars, Show(label=t("技术参数", "Particulars"))]
    owners: Annotated[list[Owner], Field(min_length=1, max_length=20), Show(label=t("船舶所有人", "Owners"))]
    contract: Annotated[BuildContract, Show(label=t("所有权取得", "How ownership was acquired"))]
    manager: Annotated[Manager, Show(label=t("管理公司", "Management company"))] = Manager()
    radio: Annotated[list[RadioEquipment], Field(max_length=40), Show(label=t("无线电设备", "Radio equipment"))] = []
    insurance: Annotated[InsurancePolicy, Show(label=t("油污责任保险", "Oil pollution insurance"))] = InsurancePolicy()
    delivery: Annotated[DeliveryWish, Show(label=t("证书领取", "Delivery"))] = DeliveryWish()
    daily_cost: Annotated[
        int | None,
        Field(ge=0, le=100_000_000),
        Show(
            label=t("船舶每日成本（可选）", "Ship's cost a day (optional)"),
            unit="CNY",
            help=t("用于估算提前办结节省的费用。", "Used to work out what the earlier certificates save."),
        ),
    ] = None
