"""The database: one metadata, one session, column types that mean the same on SQLite and PostgreSQL."""

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Text,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry
from sqlalchemy.types import JSON, TypeDecorator

from crm.core import clock

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: The join mode only matters where a session is bound to a connection that is already in a transaction: in tests.
db = SQLAlchemy(
    metadata=MetaData(naming_convention=NAMES),
    engine_options={"pool_pre_ping": True},
    session_options={"join_transaction_mode": "create_savepoint"},
)

#: True while a request or job only reads. SQLite then begins deferred and refuses writes; else it begins IMMEDIATE,
#: so that a read followed by a write can never meet a stale snapshot.
reading: ContextVar[bool] = ContextVar("crm_reading", default=False)

_FEN = Decimal(1_000_000)


@lru_cache(maxsize=32_768)
def _wan(fen: int) -> Decimal:
    """Nearly every amount is whole 万元, and a board reads thousands of them, many alike."""
    whole, rest = divmod(fen, 1_000_000)
    return (Decimal(fen) / _FEN).normalize() + 0 if rest else Decimal(whole)


class Amount(TypeDecorator[Decimal]):
    """Exact money in 万元 (or 万美元), stored as whole 分: sums and comparisons are integer arithmetic on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        if value is None:
            return None
        fen = Decimal(value) * _FEN
        whole = fen.to_integral_value()
        if whole != fen:
            raise ValueError(f"finer than 分: {value}")
        return int(whole)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return _wan(value)

    def process_literal_param(self, value: Any, dialect: Dialect) -> str:
        return str(self.process_bind_param(value, dialect))


class Share(TypeDecorator[Decimal]):
    """An exact ratio with up to six decimals (credit shares, rates), stored as a whole number of millionths."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int((Decimal(value) * _FEN).to_integral_exact())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / _FEN


class UtcMoment(TypeDecorator[datetime]):
    """An aware moment; SQLite gives naive values back, so the zone is put on again here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        utc: datetime = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moment


def code_type(kind: type[enum.StrEnum], name: str | None = None) -> Enum:
    """A StrEnum stored by value with a CHECK; give `name` when a table has two columns of one kind."""
    return Enum(
        kind,
        values_callable=lambda k: [m.value for m in k],
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=24,
        name=name or kind.__name__.lower(),
    )


Id = Annotated[int, mapped_column(Integer, primary_key=True)]
Code = Annotated[str, mapped_column(String(40))]
Name = Annotated[str, mapped_column(String(200))]
Long = Annotated[str, mapped_column(Text, default="", server_default="")]
Wan = Annotated[Decimal | None, mapped_column(Amount)]
Moment = Annotated[datetime, mapped_column(UtcMoment)]
Created = Annotated[datetime, mapped_column(UtcMoment, default=clock.now)]
Updated = Annotated[datetime, mapped_column(UtcMoment, default=clock.now, onupdate=clock.now)]
Flag = Annotated[bool, mapped_column(default=False)]
UserRef = Annotated[int | None, mapped_column(ForeignKey("users.id"))]
ZoneRef = Annotated[int | None, mapped_column(ForeignKey("zones.id"), index=True)]

_registry = registry(
    metadata=db.metadata,
    type_annotation_map={
        datetime: UtcMoment,
        date: Date,
        Decimal: Amount,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        list[str]: JSON,
        enum.StrEnum: Enum(
            enum.StrEnum,
            values_callable=lambda k: [m.value for m in k],
            native_enum=False,
            create_constraint=True,
            validate_strings=True,
            length=24,
        ),
    },
)


class Base(DeclarativeBase):
    """Every table's base: the shared metadata, so Flask-SQLAlchemy's session and Alembic see it."""

    registry = _registry


def upsert(table: Any) -> Any:
    """The INSERT of the session's database that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return (sqlite if db.engine.dialect.name == "sqlite" else postgresql).insert(table)


class Versioned:
    """Optimistic locking: an UPDATE from an old version touches no row and raises StaleDataError."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def _pragmas(connection: Any, _record: Any) -> None:
    # Transactions are begun by the "begin" event below, not by the driver.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        "temp_store=MEMORY",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Any) -> None:
    only_reads = reading.get()
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if only_reads else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


def prepare(engine: Engine) -> None:
    """Gives an engine the behaviour the product relies on; called once per engine."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _pragmas)
        event.listen(engine, "begin", _begin)


@contextmanager
def own_transaction() -> Iterator[Connection]:
    """A write transaction of its own, after ending the session's: two writers of one process would wait for each other."""
    db.session.rollback()
    token = reading.set(False)
    try:
        with db.engine.begin() as connection:
            yield connection
    finally:
        reading.reset(token)


@contextmanager
def looking() -> Iterator[None]:
    """The session reads in a transaction of its own, which holds up no writer; call it with nothing unsaved."""
    db.session.rollback()
    token = reading.set(True)
    try:
        yield
    finally:
        db.session.rollback()
        reading.reset(token)


@contextmanager
def aside() -> Iterator[None]:
    """Reads like `looking`, but inside the open transaction where there is one: what is not committed yet counts too."""
    if db.session().in_transaction():
        yield
    else:
        with looking():
            yield


def analyse() -> None:
    """Tells the planner how values are spread. SQLite never counts by itself, and then picks wrong indexes."""
    with own_transaction() as connection:
        connection.exec_driver_sql("ANALYZE")
