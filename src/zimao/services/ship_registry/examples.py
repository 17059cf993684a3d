"""The example ship: a coastal product tanker of 2,998 GT that needs all seven certificates. Used by the demonstration and by tests."""

from __future__ import annotations

import copy
from typing import Any

from stdnum.cn import uscc

__all__ = ["EXAMPLE", "credit_code", "example"]


def credit_code(number: int) -> str:
    """A credit code of the demonstration with a right check digit."""
    body = f"91350105MADEM{number:04d}"
    return body + uscc.calc_check_digit(body)


EXAMPLE: dict[str, Any] = {
    "ship": {
        "name_zh": "闽海油6",
        "name_en": "MIN HAI YOU 6",
        "alternatives": ["闽海油16", "闽海油26"],
        "identification_number": "CN20241234567",
        "imo_number": "9074729",
        "call_sign": "BOAB",
        "mmsi": "",
    },
    "particulars": {
        "ship_type": "oil_tanker",
        "hull": "steel",
        "builder": "福建东南造船有限公司（演示）",
        "place_built": "福州马尾",
        "keel_laid": "2023-03-16",
        "completed": "2024-04-18",
        "length": "89.60",
        "breadth": "14.20",
        "depth": "6.80",
        "gross_tonnage": 2998,
        "net_tonnage": 1679,
        "deadweight": 4980,
        "engine_kind": "柴油机",
        "engine_count": 1,
        "engine_power": 1765,
        "automation": "manual",
        "area": "coastal",
        "port": "CNFOC",
        "oil": "persistent",
        "oil_tonnes": 4600,
        "radio": True,
    },
    "owners": [
        {
            "kind": "enterprise",
            "name": "闽海远航船务（演示）有限公司",
            "identifier": credit_code(1),
            "share": "100",
            "chinese_capital": "100",
        }
    ],
    "contract": {"number": "HT-2023-066", "delivered_on": "2024-04-28", "mortgage": False},
    "manager": {"is_owner": True, "doc_number": "DOC-FJ-2023-018", "doc_valid_to": "2028-03-31", "doc_ship_types": ["oil_tanker"]},
    "radio": [
        {"kind": "VHF DSC", "model": "FM-8900S", "type_approval": "2021-0421"},
        {"kind": "AIS A", "model": "FA-170", "type_approval": "2020-1187"},
    ],
    "insurance": {
        "insurer": "中国船东互保协会",
        "number": "CPI-2024-00871",
        "limit": 4510000,
        "valid_from": "2024-05-01",
        "valid_to": "2028-04-30",
        "ship_name": "闽海油6",
    },
    "delivery": {"kind": "electronic", "phone": "0591-87654321"},
    "daily_cost": 30000,
}


def example(**changes: dict[str, Any]) -> dict[str, Any]:
    """The example with sections changed: ``example(ship={"name_zh": "闽货8"})`` keeps the other fields of the section."""
    values = copy.deepcopy(EXAMPLE)
    for section, fields in changes.items():
        values[section] = {**values[section], **fields} if isinstance(fields, dict) else fields
    return values
