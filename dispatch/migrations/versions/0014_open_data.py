"""Open data with its views, bulletins that do not change once published, and hot spots with their evidence."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from dispatch.migrations import analysis_views

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

#: What is published may still get its files (they are made after), and nothing else.
FROZEN = """
CREATE FUNCTION refuse_change_of_bulletin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'bulletin % is published and stays', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  IF (to_jsonb(NEW) - 'files' - 'files_error') IS DISTINCT FROM
     (to_jsonb(OLD) - 'files' - 'files_error') THEN
    RAISE EXCEPTION 'bulletin % is published: correct it by another', OLD.id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER bulletins_frozen BEFORE UPDATE OR DELETE ON bulletins
FOR EACH ROW WHEN (OLD.status = 'published') EXECUTE FUNCTION refuse_change_of_bulletin();
"""


def _json(name: str, *, default: bool = False) -> sa.Column[object]:
    return sa.Column(
        name,
        postgresql.JSONB(astext_type=sa.Text()),
        server_default="{}" if default else None,
        nullable=False,
    )


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _words(name: str, *, comment: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False, comment=comment)


def upgrade() -> None:
    _open_data()
    _bulletins()
    _hotspots()
    for statement in analysis_views.create():
        op.execute(sa.text(statement.replace(":", r"\:")))


def _open_data() -> None:
    op.create_table(
        "open_datasets",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("about_en", sa.Text(), nullable=False),
        _words("keywords", comment="separated by commas"),
        _words("theme", comment="of the EU's data-theme list"),
        sa.Column("licence", sa.Text(), nullable=False, comment="address of the licence"),
        sa.Column("cadence", sa.Text(), server_default="daily", nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "wanted_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="somebody asked for it to be made",
        ),
        _moment("begun_at"),
        _moment("made_at"),
        sa.Column("error", sa.Text(), nullable=True, comment="why the last making failed"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_open_datasets")),
    )
    op.create_table(
        "open_files",
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        _moment("as_of", nullable=False),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["dataset"], ["open_datasets.code"], name=op.f("fk_open_files_dataset")
        ),
        sa.PrimaryKeyConstraint("dataset", "part", "format", name=op.f("pk_open_files")),
    )


def _bulletins() -> None:
    op.create_table(
        "bulletin_rules",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "day",
            sa.BigInteger(),
            nullable=False,
            comment="monthly: day of the next month; weekly: days after the week's end",
        ),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column(
            "begins",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="weekly: the first day of the week, Monday is 0",
        ),
        sa.Column(
            "publishes",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="published without a hand",
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        _words("addressees"),
        sa.Column(
            "most",
            sa.BigInteger(),
            server_default="10",
            nullable=False,
            comment="how many lines a ranking has",
        ),
        sa.Column(
            "public",
            sa.Boolean(),
            server_default="true",
            nullable=False,
            comment="everybody may read what is published",
        ),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_bulletin_rules_hour")),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_bulletin_rules")),
    )
    op.create_table(
        "bulletins",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        _json("content"),
        _words("remarks", comment="what the centre adds in its own words"),
        _moment("as_of", nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        _moment("published_at"),
        sa.Column("published_by_id", sa.BigInteger(), nullable=True),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        _words("reason", comment="why it was corrected"),
        _json("files", default=True),
        sa.Column("files_error", sa.Text(), nullable=True),
        sa.CheckConstraint("last >= first", name=op.f("ck_bulletins_span")),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["bulletins.id"], name=op.f("fk_bulletins_corrects_id")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_bulletins_made_by_id")),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["users.id"], name=op.f("fk_bulletins_published_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletins")),
    )
    op.create_index(op.f("ix_bulletins_corrects_id"), "bulletins", ["corrects_id"])
    op.create_index("ix_bulletins_listed", "bulletins", ["last", "id"])
    op.create_index(
        "uq_bulletins_original",
        "bulletins",
        ["kind", "first", "last"],
        unique=True,
        postgresql_where=sa.text("corrects_id IS NULL"),
    )
    op.execute(FROZEN)


def _hotspots() -> None:
    op.create_table(
        "hotspot_searches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        _moment("begun_at", nullable=False),
        _moment("done_at"),
        _json("settings"),
        sa.Column(
            "tested",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
            comment="how many candidates each kind had",
        ),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotspot_searches")),
    )
    op.create_index(op.f("ix_hotspot_searches_done_at"), "hotspot_searches", ["done_at"])
    op.create_table(
        "hotspot_findings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("search_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column(
            "subject",
            sa.Text(),
            nullable=False,
            comment="code of the grid, part, category or pair of units",
        ),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        _json("evidence"),
        sa.Column("cases", sa.BigInteger(), nullable=False),
        sa.Column(
            "case_ids",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="the latest of them",
        ),
        sa.ForeignKeyConstraint(
            ["search_id"],
            ["hotspot_searches.id"],
            name=op.f("fk_hotspot_findings_search_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotspot_findings")),
    )
    op.create_index(
        op.f("ix_hotspot_findings_search_id_kind_rank"),
        "hotspot_findings",
        ["search_id", "kind", "rank"],
    )


def downgrade() -> None:
    for statement in analysis_views.drop():
        op.execute(statement)
    for table in (
        "hotspot_findings",
        "hotspot_searches",
        "bulletins",
        "bulletin_rules",
        "open_files",
        "open_datasets",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change_of_bulletin()")
