"""Projects reshaped by chain and by 建链, 补链, 强链, 延链; pandas, because this is a pivot and not a stream."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from crm.chains.rules import ChainAction
from crm.companies.rules import LinkProgress
from crm.weekly.rules import ChainRow, ProjectRow

_FEN = 1_000_000
_UNSAID = ""


def pivot(
    chains: Sequence[tuple[int, str]],
    targets: Mapping[tuple[int, LinkProgress], int],
    projects: Iterable[ProjectRow],
) -> tuple[ChainRow, ...]:
    """One row a chain in its own order; projects in stock only. Amounts are summed as whole 分, so the sums are exact."""
    found = _grouped([p for p in projects if p.in_stock and p.chain_id is not None])
    return tuple(
        ChainRow(
            name,
            {progress: targets.get((chain_id, progress), 0) for progress in LinkProgress},
            {action: found.get((chain_id, action or _UNSAID), (0, None)) for action in (*ChainAction, None)},
        )
        for chain_id, name in chains
    )


def _grouped(projects: list[ProjectRow]) -> dict[tuple[int, str], tuple[int, Decimal | None]]:
    """(chain, action) → (how many, sum in 万元 or None where no amount is known)."""
    if not projects:
        return {}
    # Half a second to import: paid by whoever asks for a report, not by every page's worker at its start.
    import pandas as pd

    frame = pd.DataFrame(
        {
            "chain": [p.chain_id for p in projects],
            "action": [p.action.value if p.action else _UNSAID for p in projects],
            "fen": [int((p.amount or 0) * _FEN) for p in projects],
            "known": [p.amount is not None for p in projects],
        }
    )
    summed = frame.groupby(["chain", "action"]).agg(
        count=("fen", "size"), fen=("fen", "sum"), known=("known", "any")
    )
    return {_key(key): (int(row["count"]), _wan(row)) for key, row in summed.iterrows()}


def _key(key: Any) -> tuple[int, str]:
    return int(key[0]), str(key[1])


def _wan(row: Any) -> Decimal | None:
    return Decimal(int(row["fen"])) / _FEN if row["known"] else None
