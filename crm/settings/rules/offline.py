"""How long and how far back a device may keep what it takes along for working without network."""

from decimal import Decimal

from crm.settings.rules.tables import OWN, Setting

GROUP = "离线"

OFFLINE = (
    Setting(
        "offline_days",
        "登录后离线资料在设备上最多保留几天",
        "int",
        7,
        GROUP,
        OWN,
        unit="天",
        least=Decimal(1),
        most=Decimal(30),
    ),
    Setting(
        "offline_reach_days",
        "离线带走最近几天走访过的企业",
        "int",
        90,
        GROUP,
        OWN,
        unit="天",
        least=Decimal(1),
        most=Decimal(365),
    ),
)
