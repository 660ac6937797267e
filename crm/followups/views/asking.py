"""What a list's address asks for, kept from link to link."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for


def kept(*without: str) -> dict[str, Any]:
    """The address's own words, without the place in the list and what is named."""
    dropped = {"after", "page", *without}
    return {name: value for name, value in request.args.items() if name not in dropped}


def tabs(endpoint: str, name: str, labels: Mapping[str, str], current: str) -> list[dict[str, Any]]:
    """One word of the address as tabs; the empty value is the list without it."""
    return [
        {
            "label": label,
            "url": url_for(endpoint, **kept(name) | ({name: value} if value else {})),
            "current": value == current,
        }
        for value, label in labels.items()
    ]
