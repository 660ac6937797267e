"""The ranking as the command and the API print it."""

from typing import Any

from crm.targeting.queries.ranking import Ranked, Ranking
from crm.targeting.queries.scoring import NodeFacts
from crm.targeting.rules.score import factor_words


def ranking(found: Ranking, node: NodeFacts, zone: str | None) -> dict[str, Any]:
    """Scores as decimal strings of 0 to 100, points as whole numbers."""
    return {
        "node": node.code,
        "name": node.name,
        "chain": node.chain_code,
        "zone": zone,
        "total": found.total,
        "left_out": found.left_out,
        "why": found.why,
        "items": [_row(row, found) for row in found.rows],
    }


def _row(row: Ranked, found: Ranking) -> dict[str, Any]:
    return {
        "place": row.place,
        "company": row.company.id,
        "name": row.company.name,
        "region": row.company.region,
        "city": row.company.city,
        "industry": row.company.industry,
        "listed_code": row.company.listed_code,
        "score": str(row.total),
        "target": row.target.id if row.target else None,
        "parts": [
            {
                "part": part.code.value,
                "points": part.points,
                "factor": factor_words(part, found.terms.weights).removeprefix("×"),
                "known": part.known,
                "words": part.words,
            }
            for part in row.parts
        ],
    }
