"""A light in words: a sheet has neither colour nor shape."""

from typing import Any

_WORDS = {"ok": "正常", "warn": "预警", "bad": "红灯", "off": "未亮灯"}


def state(light: Any) -> str | None:
    return _WORDS.get(str(light.state), "") if light else None


def reason(light: Any) -> str | None:
    return light.reason if light else None
