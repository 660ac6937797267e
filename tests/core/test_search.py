"""The index finds exactly what LIKE finds; here on SQLite, PostgreSQL through the fixtures of the application."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, create_engine, select, text

from crm.core import search

FIRM = Table(
    "firm",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("search_tokens", Text),
    Column("search_text", Text),
)
NAMES = [
    ("连云港化工有限公司", "盛虹"),
    ("江苏恒瑞医药股份有限公司", "恒瑞"),
    ("TCL科技（连云港）", None),
    ("甲化", "工乙"),
    ("𠮷野家", "a%b_c"),
    ("", None),
]


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as opened:
        FIRM.metadata.create_all(opened)
        for statement in search.ddl("firm")["sqlite"]:
            opened.execute(text(statement))
        opened.commit()
        yield opened
    engine.dispose()


@pytest.fixture(autouse=True)
def clean(connection: Connection) -> Iterator[None]:
    yield
    connection.rollback()


def fill(connection: Connection, rows: list[tuple[str | None, ...]]) -> None:
    connection.execute(FIRM.delete())
    for number, fields in enumerate(rows, start=1):
        tokens, searched = search.columns(*fields)
        values = {"search_tokens": tokens, "search_text": searched}
        connection.execute(FIRM.insert().values(id=number, **values))


def found(connection: Connection, query: str) -> list[int]:
    columns = FIRM.c
    condition = search.matches(
        "firm", columns.id, columns.search_tokens, columns.search_text, query, "sqlite"
    )
    return list(connection.scalars(select(columns.id).where(condition).order_by(columns.id)))


def by_like(connection: Connection, query: str) -> list[int]:
    statement = select(FIRM.c.id).order_by(FIRM.c.id)
    for word in search.words(query):
        statement = statement.where(FIRM.c.search_text.like(f"%{word}%"))
    return list(connection.scalars(statement))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("化工", [1]),  # 甲化 | 工乙 does not run over the border of two fields
        ("化", [1, 4]),
        ("连云港", [1, 3]),
        ("恒瑞医药", [2]),
        ("瑞恒", []),
        ("hengrui", [2]),
        ("hryy", [2]),
        ("ＴＣＬ", [3]),
        ("tcl 连云", [3]),
        ("连云 恒瑞", []),
        ("科技(连云", [3]),
        ("𠮷野", [5]),
        ("𠮷", [5]),
        ("b_c", [5]),
        ("%", [1, 2, 3, 4, 5, 6]),
        ("", [1, 2, 3, 4, 5, 6]),
        ('"化工" OR', []),
    ],
)
def test_every_word_is_found_wherever_it_stands_in_a_field(connection, query, ids):
    fill(connection, NAMES)
    assert found(connection, query) == ids


def test_the_index_follows_changes_and_deletions(connection):
    fill(connection, NAMES)
    connection.execute(
        FIRM.update()
        .where(FIRM.c.id == 1)
        .values(dict(zip(("search_tokens", "search_text"), search.columns("港口物流"), strict=True)))
    )
    connection.execute(FIRM.delete().where(FIRM.c.id == 2))
    assert found(connection, "化工") == []
    assert found(connection, "港口") == [1]
    assert found(connection, "恒瑞") == []


def test_an_index_made_later_knows_the_rows_that_were_there(connection):
    fill(connection, NAMES)
    for statement in (*search.drop_ddl("firm")["sqlite"], *search.ddl("firm")["sqlite"]):
        connection.execute(text(statement))
    assert found(connection, "化工") == [1]


LETTERS = st.text(alphabet="港化工行长ab1𠮷é -%_'\"|", max_size=8)


@given(rows=st.lists(st.tuples(LETTERS, st.none() | LETTERS), max_size=8), query=LETTERS)
def test_the_index_finds_exactly_what_like_finds(connection, rows, query):
    fill(connection, rows)
    assert found(connection, query) == by_like(connection, query)


def test_postgresql_checks_longer_words_again_and_keeps_the_blank_in_the_statement():
    from sqlalchemy.dialects import postgresql

    condition = search.matches(
        "firm", FIRM.c.id, FIRM.c.search_tokens, FIRM.c.search_text, "恒瑞医 港", "postgresql"
    )
    compiled = condition.compile(dialect=postgresql.dialect())
    assert "array_to_tsvector(string_to_array(firm.search_tokens, ' '))" in str(compiled)
    assert "'恒瑞' & '瑞医' & '港':*" in compiled.params.values()
    assert "%恒瑞医%" in compiled.params.values()


def test_only_names_of_tables_and_known_databases_are_taken():
    with pytest.raises(ValueError, match="table name"):
        search.ddl("firm; drop table firm")
    with pytest.raises(ValueError, match="no search"):
        search.matches("firm", FIRM.c.id, FIRM.c.search_tokens, FIRM.c.search_text, "港", "oracle")
