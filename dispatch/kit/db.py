"""The database: one engine a process, one transaction a deed, and the types that tables share."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any

import orjson
from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, DateTime, Engine, Identity, MetaData, Text, create_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from dispatch.kit.config import settings

#: CGCS2000 geographic; the same as WGS-84 for the purposes of a city (centimetres).
SRID = 4490

BigId = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Json = dict[str, Any]


class Base(DeclarativeBase):
    """The one declarative base; names of constraints are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own spelling
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        Json: JSONB,
        list[Any]: JSONB,
    }


def geometry_column(kind: str, *, srid: int = SRID) -> Geometry:
    """A geometry type without GeoAlchemy's automatic index: indexes stand in the table's own list."""
    return Geometry(kind, srid=srid, spatial_index=False)


def _dumps(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def build_engine(url: str, *, pool_size: int) -> Engine:
    """An engine with a fixed pool: under load an overflowing pool costs far more than waiting."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        pool_recycle=1800,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={"application_name": "dispatch", "options": "-c timezone=UTC"},
    )


@lru_cache
def engine() -> Engine:
    """The engine of this process."""
    return build_engine(settings().sqlalchemy_url, pool_size=settings().database_pool_size)


@contextmanager
def open_session() -> Iterator[Session]:
    """One transaction: commit on success, roll back on any error. Commands flush, never commit."""
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session
