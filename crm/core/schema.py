"""Every table, whatever part of the product runs: migrations and create_all need the whole metadata."""

import pkgutil
from importlib import import_module
from importlib.util import find_spec

import crm


def load() -> None:
    """Imports the `models` of every feature that has one."""
    for module in pkgutil.iter_modules(crm.__path__):
        if module.ispkg and find_spec(f"crm.{module.name}.models"):
            import_module(f"crm.{module.name}.models")
