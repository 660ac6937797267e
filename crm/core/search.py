"""Substring search that finds what LIKE '%…%' would, through an index, on both databases.

Text is cut into overlapping pairs of characters in Python. SQLite keeps them in an FTS5 table, PostgreSQL in a
GIN index; neither keeps their order, so words longer than one pair are checked again with LIKE. A searchable
table has the columns `id`, `search_tokens` and `search_text`, both made by `columns`.
"""

import re
import unicodedata
from collections.abc import Iterator
from operator import add

from sqlalchemy import (
    DDL,
    ColumnElement,
    FromClause,
    Text,
    and_,
    cast,
    event,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import InstrumentedAttribute

from crm.core.pinyin import only_alnum, pinyin_full, pinyin_initials

_Column = ColumnElement[object] | InstrumentedAttribute[object]

_CJK = re.compile("[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


def normal(written: str) -> str:
    """NFKC, lower-case, letters and digits only: what is indexed and what is asked for look alike."""
    return only_alnum(unicodedata.normalize("NFKC", written).lower())


def columns(*fields: str | None) -> tuple[str, str]:
    """(`search_tokens`, `search_text`) of a row.

    The tokens are the pairs of each stretch, each once, and its last character, so that a word of one character
    is the beginning of some token wherever it stands. The text is the stretches for LIKE, kept apart by a bar.
    """
    stretches = list(_stretches(fields))
    tokens: dict[str, None] = {}
    for stretch in stretches:
        tokens.update(dict.fromkeys(map(add, stretch, stretch[1:])))
        tokens.setdefault(stretch[-1])
    return " ".join(tokens), "|".join(stretches)


def _stretches(fields: tuple[str | None, ...]) -> Iterator[str]:
    for written in fields:
        text = normal(written or "")
        if not text:
            continue
        yield text
        if _CJK.search(text):
            yield normal(pinyin_full(text))
            yield normal(pinyin_initials(text))


def _pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(len(word) - 1)]


def words(query: str | None) -> list[str]:
    """The words of a query, each of which has to be found; what is longer than a name is read to its 200th character."""
    return [word for word in (normal(part) for part in (query or "")[:200].split()) if word]


def matches(
    table_name: str,
    id_column: _Column,
    tokens_column: _Column,
    plain_column: _Column,
    query: str | None,
    dialect_name: str,
) -> ColumnElement[bool]:
    """A condition for `where`: every blank-separated word of `query` occurs in the row. True for an empty query."""
    asked = words(query)
    if not asked:
        return true()
    if dialect_name == "sqlite":
        indexed = _in_fts(table_name, id_column, asked)
    elif dialect_name == "postgresql":
        indexed = _in_gin(tokens_column, asked)
    else:
        raise ValueError(f"no search on {dialect_name}")
    # Words hold letters and digits only, so there is no wildcard in them to escape.
    return and_(indexed, *(plain_column.like(f"%{word}%") for word in asked if len(word) > 2))


def _in_fts(table_name: str, id_column: _Column, asked: list[str]) -> ColumnElement[bool]:
    name = _fts(table_name)
    fts = sql_table(name, sql_column("rowid"), sql_column(name, Text))
    pairs = [f'"{pair}"' for word in asked for pair in _pairs(word)]
    pairs += [f'"{word}"*' for word in asked if len(word) == 1]
    return id_column.in_(
        select(fts.c.rowid).where(fts.c[name].op("MATCH")(" AND ".join(dict.fromkeys(pairs))))
    )


def _in_gin(tokens_column: _Column, asked: list[str]) -> ColumnElement[bool]:
    lexemes = [f"'{pair}'" for word in asked for pair in _pairs(word)]
    lexemes += [f"'{word}':*" for word in asked if len(word) == 1]
    # The blank is written into the statement: as a parameter it would not match the expression of the index.
    vector = func.array_to_tsvector(func.string_to_array(tokens_column, literal_column("' '")))
    return vector.op("@@", is_comparison=True)(
        cast(literal(" & ".join(dict.fromkeys(lexemes)), Text), TSQUERY)
    )


# --- schema ---------------------------------------------------------------------------------------


_HASH_BYTES = 64 * 1024 * 1024


def _fts(table_name: str) -> str:
    if not table_name.isidentifier():
        raise ValueError(f"not a table name: {table_name}")
    return f"{table_name}_fts"


def ddl(table_name: str) -> dict[str, list[str]]:
    """Statements by dialect that make the index of an existing table and keep it up to date.

    The ascii tokenizer splits at blanks and leaves every other character alone, so rare characters that other
    tokenizers do not know stay whole.
    """
    fts = _fts(table_name)
    # The name has been checked to be an identifier, nothing else is put into the statements.
    gone = f"INSERT INTO {fts}({fts}, rowid, search_tokens) VALUES ('delete', old.id, old.search_tokens);"  # noqa: S608
    come = f"INSERT INTO {fts}(rowid, search_tokens) VALUES (new.id, new.search_tokens);"  # noqa: S608
    return {
        "sqlite": [
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {fts} USING fts5(search_tokens, content='{table_name}', "
            "content_rowid='id', tokenize='ascii', columnsize=0, detail=none)",
            # Pairs of one transaction gather in memory before they are written: half the work of a long import.
            f"INSERT INTO {fts}({fts}, rank) VALUES ('hashsize', {_HASH_BYTES})",  # noqa: S608
            f"CREATE TRIGGER IF NOT EXISTS {fts}_insert AFTER INSERT ON {table_name} BEGIN {come} END",
            f"CREATE TRIGGER IF NOT EXISTS {fts}_delete AFTER DELETE ON {table_name} BEGIN {gone} END",
            f"CREATE TRIGGER IF NOT EXISTS {fts}_update AFTER UPDATE OF id, search_tokens ON {table_name} "
            "WHEN old.id IS NOT new.id OR old.search_tokens IS NOT new.search_tokens "
            f"BEGIN {gone} {come} END",
            f"INSERT INTO {fts}({fts}) VALUES ('rebuild')",  # noqa: S608
        ],
        "postgresql": [
            f"CREATE INDEX IF NOT EXISTS ix_{table_name}_search ON {table_name} "
            "USING gin (array_to_tsvector(string_to_array(search_tokens, ' ')))",
        ],
    }


def drop_ddl(table_name: str) -> dict[str, list[str]]:
    """Statements by dialect that undo `ddl`; to be run before the table itself goes."""
    fts = _fts(table_name)
    triggers = [f"DROP TRIGGER IF EXISTS {fts}_{change}" for change in ("insert", "delete", "update")]
    return {
        "sqlite": [*triggers, f"DROP TABLE IF EXISTS {fts}"],
        "postgresql": [f"DROP INDEX IF EXISTS ix_{table_name}_search"],
    }


def attach(table: FromClause) -> None:
    """Makes and drops the index with its table (create_all); migrations run the same statements by hand."""
    for moment, statements in (
        ("after_create", ddl(str(table.description))),
        ("before_drop", drop_ddl(str(table.description))),
    ):
        for dialect, texts in statements.items():
            for statement in texts:
                made = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
                event.listen(table, moment, made.execute_if(dialect=dialect))
