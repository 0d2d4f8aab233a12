"""Tables of open data: the data sets that are published, and the files that were made of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, PrimaryKeyConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base


class Cadence(StrEnum):
    """How often a data set is made anew."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class OpenDataset(Base):
    """A data set that the city publishes: one view of the schema `open_data`, in both languages."""

    __tablename__ = "open_datasets"

    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    title: Mapped[str]
    title_en: Mapped[str]
    about: Mapped[str]
    about_en: Mapped[str]
    keywords: Mapped[str] = mapped_column(server_default="", comment="separated by commas")
    theme: Mapped[str] = mapped_column(server_default="", comment="of the EU's data-theme list")
    licence: Mapped[str] = mapped_column(comment="address of the licence")
    cadence: Mapped[str] = mapped_column(server_default=Cadence.DAILY.value)
    enabled: Mapped[bool] = mapped_column(server_default="true")
    wanted_at: Mapped[datetime | None] = mapped_column(comment="somebody asked for it to be made")
    begun_at: Mapped[datetime | None]
    made_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(comment="why the last making failed")


class OpenFile(Base):
    """A file of a data set: a part of it (a year; empty: all) in one format, as it was at `as_of`."""

    __tablename__ = "open_files"

    dataset: Mapped[str] = mapped_column(ForeignKey("open_datasets.code"))
    part: Mapped[str]
    format: Mapped[str]
    key: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    rows: Mapped[int]
    as_of: Mapped[datetime]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (PrimaryKeyConstraint("dataset", "part", "format"),)
