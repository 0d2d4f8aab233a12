"""Patrol: consent, shifts, tracks and coverage; keys of deeds that are done once; where a photo was taken."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _now() -> sa.TextClause:
    return sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "answer", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_at"), "idempotency_keys", ["at"])
    op.create_table(
        "patrol_consent_texts",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), server_default=_now(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_patrol_consent_texts")),
    )
    _consents()
    _shifts()
    _points()
    op.create_table(
        "patrol_coverage",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("working_grid", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_patrol_coverage_user_id")),
        sa.PrimaryKeyConstraint("user_id", "day", "grid_code", name=op.f("pk_patrol_coverage")),
    )
    op.create_index(
        op.f("ix_patrol_coverage_working_grid_day"), "patrol_coverage", ["working_grid", "day"]
    )
    op.add_column("photos", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("photos", sa.Column("longitude", sa.Float(), nullable=True))
    op.add_column("photos", sa.Column("latitude", sa.Float(), nullable=True))


def _consents() -> None:
    op.create_table(
        "patrol_consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_patrol_consents_user_id")),
        sa.ForeignKeyConstraint(
            ["version"],
            ["patrol_consent_texts.version"],
            name=op.f("fk_patrol_consents_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_consents")),
    )
    op.create_index(
        op.f("ix_patrol_consents_user_id_given_at"), "patrol_consents", ["user_id", "given_at"]
    )
    op.create_index(
        "uq_patrol_consents_standing",
        "patrol_consents",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def _shifts() -> None:
    op.create_table(
        "patrol_shifts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_longitude", sa.Float(), nullable=True),
        sa.Column("start_latitude", sa.Float(), nullable=True),
        sa.Column("start_accuracy_m", sa.Float(), nullable=True),
        sa.Column("start_grid", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_longitude", sa.Float(), nullable=True),
        sa.Column("end_latitude", sa.Float(), nullable=True),
        sa.Column("end_accuracy_m", sa.Float(), nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_patrol_shifts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_shifts")),
    )
    op.create_index(
        op.f("ix_patrol_shifts_user_id_started_at"), "patrol_shifts", ["user_id", "started_at"]
    )
    op.create_index(op.f("ix_patrol_shifts_started_at"), "patrol_shifts", ["started_at"])
    op.create_index(
        "uq_patrol_shifts_open",
        "patrol_shifts",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _points() -> None:
    op.create_table(
        "patrol_points",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shift_id", sa.BigInteger(), nullable=False),
        sa.Column("accuracy_m", sa.Float(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_patrol_points_user_id")),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["patrol_shifts.id"], name=op.f("fk_patrol_points_shift_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "at", name=op.f("pk_patrol_points")),
    )
    op.create_index(op.f("ix_patrol_points_at"), "patrol_points", ["at"])
    op.create_index(op.f("ix_patrol_points_shift_id_at"), "patrol_points", ["shift_id", "at"])


def downgrade() -> None:
    for column in ("latitude", "longitude", "taken_at"):
        op.drop_column("photos", column)
    for table in (
        "patrol_coverage",
        "patrol_points",
        "patrol_shifts",
        "patrol_consents",
        "patrol_consent_texts",
        "idempotency_keys",
    ):
        op.drop_table(table)
