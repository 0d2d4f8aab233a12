"""The first tables."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from dispatch.migrations import append_only, case_serials, reference_triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "areas",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("kind", "code", name=op.f("pk_areas")),
    )
    op.create_index("ix_areas_geom", "areas", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("address", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_actor_id_at"), "audit_log", ["actor_id", "at"], unique=False)
    op.create_index(op.f("ix_audit_log_subject_at"), "audit_log", ["subject", "at"], unique=False)
    op.create_table(
        "camera_devices",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_camera_devices")),
    )
    op.create_table(
        "camera_scenes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("camera_code", sa.Text(), nullable=False),
        sa.Column("type_code", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarms", sa.BigInteger(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera_scenes")),
    )
    op.create_index(
        "uq_camera_scenes_open",
        "camera_scenes",
        ["source", "camera_code", "type_code"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "cameras",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("min_confidence", sa.Double(), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("synthetic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cameras")),
        sa.UniqueConstraint("source", "code", name=op.f("uq_cameras_source_code")),
    )
    op.create_table(
        "case_numbers",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_case_numbers")),
    )
    op.create_table(
        "categories",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("major_code", sa.Text(), nullable=False),
        sa.Column("major_name", sa.Text(), nullable=False),
        sa.Column("minor_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("sign", sa.Text(), server_default="", nullable=False),
        sa.Column("standing", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "same_as",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="this one in the other scheme",
        ),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("scheme", "kind", "code", name=op.f("uq_categories_scheme_kind_code")),
    )
    op.create_index(op.f("ix_categories_group"), "categories", ["group"], unique=False)
    op.create_table(
        "city_settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("explanation", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_city_settings")),
    )
    op.create_table(
        "condition_terms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_condition_terms")),
        sa.UniqueConstraint("term", "key", name=op.f("uq_condition_terms_term_key")),
    )
    op.create_table(
        "departments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("duties", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("synthetic", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["departments.id"], name=op.f("fk_departments_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("code", name=op.f("uq_departments_code")),
    )
    op.create_index(op.f("ix_departments_parent_id"), "departments", ["parent_id"], unique=False)
    op.create_table(
        "facilities",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("opening_hours", sa.Text(), server_default="24/7", nullable=False),
        sa.Column("accessible", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("spaces_total", sa.BigInteger(), nullable=True),
        sa.Column("spaces_free", sa.BigInteger(), nullable=True),
        sa.Column("open_reported", sa.Boolean(), nullable=True),
        sa.Column("availability_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("synthetic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facilities")),
        sa.UniqueConstraint("code", name=op.f("uq_facilities_code")),
    )
    op.create_index(
        "ix_facilities_geom", "facilities", ["geom"], unique=False, postgresql_using="gist"
    )
    op.create_index(op.f("ix_facilities_kind"), "facilities", ["kind"], unique=False)
    op.create_table(
        "facility_keys",
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_facility_keys")),
    )
    op.create_table(
        "intake_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.LargeBinary(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("status", sa.Text(), server_default="received", nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column(
            "answer",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="what a retry is told again",
        ),
        sa.Column("replay_of_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_messages")),
    )
    op.create_index(
        op.f("ix_intake_messages_case_id"), "intake_messages", ["case_id"], unique=False
    )
    op.create_index(
        "ix_intake_messages_open",
        "intake_messages",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('received', 'failed')"),
    )
    op.create_index(
        "uq_intake_messages_dedupe",
        "intake_messages",
        ["channel", "source", "dedupe_key"],
        unique=True,
        postgresql_where=sa.text("dedupe_key IS NOT NULL"),
    )
    op.create_table(
        "job_receipts",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column(
            "done_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("event_id", "job", name=op.f("pk_job_receipts")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("jobs", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("confirmed", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"], unique=False)
    op.create_index(
        "ix_outbox_unconfirmed",
        "outbox",
        ["sent_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NOT NULL AND confirmed < jobs"),
    )
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["id"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "places",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aliases", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column(
            "data", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("synthetic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
    )
    op.create_index("ix_places_geom", "places", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(
        "ix_places_name",
        "places",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_table(
        "reference_sets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("blob", sa.LargeBinary(), nullable=True),
        sa.Column(
            "info", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_reference_sets")),
    )
    op.create_table(
        "stage_limits",
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("limit_value", sa.BigInteger(), nullable=False),
        sa.Column("limit_unit", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stage", "severity", name=op.f("pk_stage_limits")),
    )
    op.create_table(
        "unit_grids",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("street_code", sa.Text(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("virtual_district_code", sa.Text(), nullable=True),
        sa.Column("working_grid_code", sa.Text(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_unit_grids")),
    )
    op.create_index(
        op.f("ix_unit_grids_community_code"), "unit_grids", ["community_code"], unique=False
    )
    op.create_index(
        "ix_unit_grids_geom", "unit_grids", ["geom"], unique=False, postgresql_using="gist"
    )
    op.create_index(
        op.f("ix_unit_grids_working_grid_code"), "unit_grids", ["working_grid_code"], unique=False
    )
    op.create_table(
        "wechat_conversations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column(
            "texts", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column(
            "places", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column(
            "media", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_conversations")),
    )
    op.create_index(
        "ix_wechat_conversations_idle",
        "wechat_conversations",
        ["last_at"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index(
        "uq_wechat_conversations_open",
        "wechat_conversations",
        ["app_id", "openid"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "work_calendars",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("weekdays", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_work_calendars")),
    )
    op.create_table(
        "calendar_days",
        sa.Column("calendar_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_code"], ["work_calendars.code"], name=op.f("fk_calendar_days_calendar_code")
        ),
        sa.PrimaryKeyConstraint("calendar_code", "day", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "category_terms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_category_terms_category_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_terms")),
        sa.UniqueConstraint("term", "category_id", name=op.f("uq_category_terms_term_category_id")),
    )
    op.create_index(
        op.f("ix_category_terms_category_id"), "category_terms", ["category_id"], unique=False
    )
    op.create_table(
        "conditions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "key", sa.Text(), nullable=True, comment="missing, broken … : what a text can hint at"
        ),
        sa.Column(
            "tags",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="every key of a text that this condition answers",
        ),
        sa.Column("is_default", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("limit_value", sa.BigInteger(), nullable=False),
        sa.Column("limit_unit", sa.Text(), nullable=False),
        sa.Column("closing", sa.Text(), server_default="", nullable=False),
        sa.Column("responsible", sa.Text(), server_default="", nullable=False),
        sa.Column("hazard", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("standing", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_conditions_category_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conditions")),
        sa.UniqueConstraint(
            "category_id", "ordinal", name=op.f("uq_conditions_category_id_ordinal")
        ),
    )
    op.create_index(op.f("ix_conditions_category_id"), "conditions", ["category_id"], unique=False)
    op.create_table(
        "department_duties",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("duty", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_department_duties_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_duties")),
    )
    op.create_index(
        op.f("ix_department_duties_department_id"),
        "department_duties",
        ["department_id"],
        unique=False,
    )
    op.create_table(
        "department_endpoints",
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "secret_version",
            sa.BigInteger(),
            server_default="1",
            nullable=False,
            comment="the signing secret is derived from the platform's key and this",
        ),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("timeout_s", sa.Double(), server_default="5", nullable=False),
        sa.Column("rate_per_minute", sa.BigInteger(), server_default="120", nullable=False),
        sa.Column("max_attempts", sa.BigInteger(), server_default="8", nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "open_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the circuit is open: nothing is sent before this",
        ),
        sa.Column(
            "busy_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="somebody is sending; after this time it is taken that they have died",
        ),
        sa.Column(
            "next_slot_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the rate: when the next message would be due at an even pace",
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_department_endpoints_department_id"),
        ),
        sa.PrimaryKeyConstraint("department_id", name=op.f("pk_department_endpoints")),
    )
    op.create_table(
        "department_names",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_department_names_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_names")),
        sa.UniqueConstraint(
            "department_id", "valid_from", name=op.f("uq_department_names_department_id_valid_from")
        ),
    )
    op.create_table(
        "duplicate_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("distance_m", sa.Double(), nullable=False),
        sa.Column("hours", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_duplicate_rules_category_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_rules")),
    )
    op.create_table(
        "intake_policies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("min_confidence", sa.Double(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_intake_policies_category_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_policies")),
    )
    op.create_table(
        "parts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("maintainer_id", sa.BigInteger(), nullable=True),
        sa.Column("governing_id", sa.BigInteger(), nullable=True),
        sa.Column("grid_code", sa.Text(), nullable=True),
        sa.Column("condition", sa.Text(), server_default="good", nullable=False),
        sa.Column("accuracy", sa.Text(), server_default="C", nullable=False),
        sa.Column("installed_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("synthetic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_parts_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["governing_id"], ["departments.id"], name=op.f("fk_parts_governing_id")
        ),
        sa.ForeignKeyConstraint(
            ["maintainer_id"], ["departments.id"], name=op.f("fk_parts_maintainer_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["departments.id"], name=op.f("fk_parts_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parts")),
        sa.UniqueConstraint("code", name=op.f("uq_parts_code")),
    )
    op.create_index(op.f("ix_parts_category_id"), "parts", ["category_id"], unique=False)
    op.create_index("ix_parts_geom", "parts", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_parts_grid_code"), "parts", ["grid_code"], unique=False)
    op.create_table(
        "routing_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("area_kind", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(area_kind IS NULL) = (area_code IS NULL)", name=op.f("ck_routing_rules_area_whole")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_routing_rules_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_routing_rules_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rules")),
    )
    op.create_index(
        op.f("ix_routing_rules_category_id"), "routing_rules", ["category_id"], unique=False
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column(
            "working_grids", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("language", sa.Text(), server_default="zh", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("synthetic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_users_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_index(op.f("ix_users_department_id"), "users", ["department_id"], unique=False)
    op.create_index(
        op.f("ix_users_working_grids"),
        "users",
        ["working_grids"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "wechat_media",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("media_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("photo_id", sa.Text(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["wechat_conversations.id"],
            name=op.f("fk_wechat_media_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_media")),
        sa.UniqueConstraint("media_id", name=op.f("uq_wechat_media_media_id")),
    )
    op.create_index(
        op.f("ix_wechat_media_conversation_id"), "wechat_media", ["conversation_id"], unique=False
    )
    op.create_index(
        "ix_wechat_media_due",
        "wechat_media",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.create_table(
        "camera_types",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("type_code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("condition_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_camera_types_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["condition_id"], ["conditions.id"], name=op.f("fk_camera_types_condition_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera_types")),
        sa.UniqueConstraint("source", "type_code", name=op.f("uq_camera_types_source_type_code")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage_overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "longitude", sa.Double(), sa.Computed("ST_X(geom)", persisted=True), nullable=True
        ),
        sa.Column(
            "latitude", sa.Double(), sa.Computed("ST_Y(geom)", persisted=True), nullable=True
        ),
        sa.Column("place_confidence", sa.Double(), nullable=True),
        sa.Column(
            "place_radius_m",
            sa.Double(),
            nullable=True,
            comment="how far off the point may be; NULL: given as a point",
        ),
        sa.Column("grid_code", sa.Text(), nullable=True),
        sa.Column("working_grid", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("street_code", sa.Text(), nullable=True),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("virtual_district_code", sa.Text(), nullable=True),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("category_source", sa.Text(), nullable=True),
        sa.Column("category_confidence", sa.Double(), nullable=True),
        sa.Column("category_reason", sa.Text(), nullable=True),
        sa.Column("condition_id", sa.BigInteger(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), server_default="normal", nullable=False),
        sa.Column("hazard", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("part_code", sa.Text(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("inspector_id", sa.BigInteger(), nullable=True),
        sa.Column("limit_value", sa.BigInteger(), nullable=True),
        sa.Column("limit_unit", sa.Text(), nullable=True),
        sa.Column("clock_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "pauses", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "remaining_s",
            sa.Double(),
            nullable=True,
            comment="seconds of the limit's own time left when the clock was paused",
        ),
        sa.Column("warn_remaining_s", sa.Double(), nullable=True),
        sa.Column(
            "open_requests", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("duplicate_of_id", sa.BigInteger(), nullable=True),
        sa.Column("reporters_count", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("made_safe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rework_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("extension_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("urge_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reopen_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "exempt", sa.Boolean(), server_default="false", nullable=False, comment="appeal granted"
        ),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("rating", sa.BigInteger(), nullable=True),
        sa.Column("reported_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_cases_version_positive")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_cases_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["condition_id"], ["conditions.id"], name=op.f("fk_cases_condition_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_cases_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["duplicate_of_id"], ["cases.id"], name=op.f("fk_cases_duplicate_of_id")
        ),
        sa.ForeignKeyConstraint(["inspector_id"], ["users.id"], name=op.f("fk_cases_inspector_id")),
        sa.ForeignKeyConstraint(
            ["reported_by_id"], ["users.id"], name=op.f("fk_cases_reported_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cases_public_id")),
    )
    op.create_index(
        "ix_cases_category_recent",
        "cases",
        ["category_id", sa.literal_column("created_at DESC")],
        unique=False,
    )
    op.create_index("ix_cases_created", "cases", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_cases_department_stage",
        "cases",
        ["department_id", "stage", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_cases_district", "cases", ["district_code", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_cases_due",
        "cases",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("overdue_at IS NULL AND due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_cases_duplicate_of_id"), "cases", ["duplicate_of_id"], unique=False)
    op.create_index("ix_cases_geom", "cases", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_cases_stage_created", "cases", ["stage", "created_at", "id"], unique=False)
    op.create_index(
        "ix_cases_stage_due",
        "cases",
        ["stage_due_at"],
        unique=False,
        postgresql_where=sa.text("stage_overdue_at IS NULL AND stage_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_suspended",
        "cases",
        ["suspended_until"],
        unique=False,
        postgresql_where=sa.text("suspended_until IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_warn",
        "cases",
        ["warn_at"],
        unique=False,
        postgresql_where=sa.text("warned_at IS NULL AND warn_at IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_working_grid_stage",
        "cases",
        ["working_grid", "stage", "created_at"],
        unique=False,
    )
    op.create_table(
        "user_sessions",
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_user_sessions")),
    )
    op.create_index(
        op.f("ix_user_sessions_expires_at"), "user_sessions", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"], unique=False)
    op.create_table(
        "case_assignments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=True),
        sa.Column("part_code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "rivals", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_verb", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_case_assignments_by_id")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_assignments_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_case_assignments_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_assignments")),
    )
    op.create_index(
        op.f("ix_case_assignments_case_id"), "case_assignments", ["case_id"], unique=False
    )
    op.create_index(
        "uq_case_assignments_open",
        "case_assignments",
        ["case_id", "department_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "case_history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("from_stage", sa.Text(), nullable=True),
        sa.Column("to_stage", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "changes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_case_history_actor_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_history_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_history")),
    )
    op.create_index("ix_case_history_at", "case_history", ["at"], unique=False)
    op.create_index(
        "uq_case_history_case_id_version", "case_history", ["case_id", "version"], unique=True
    )
    op.create_table(
        "case_places",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("crs", sa.Text(), nullable=True),
        sa.Column("radius_m", sa.Double(), nullable=True),
        sa.Column(
            "explanation",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_case_places_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_places_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_places")),
    )
    op.create_index(op.f("ix_case_places_case_id"), "case_places", ["case_id"], unique=False)
    op.create_table(
        "case_ratings",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("fixed", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_case_ratings_score_range")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_ratings_case_id")),
        sa.PrimaryKeyConstraint("report_id", "round", name=op.f("pk_case_ratings")),
    )
    op.create_index(op.f("ix_case_ratings_case_id"), "case_ratings", ["case_id"], unique=False)
    op.create_table(
        "case_reporters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("openid", sa.Text(), nullable=True),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_reporters_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_reporters")),
    )
    op.create_index(op.f("ix_case_reporters_case_id"), "case_reporters", ["case_id"], unique=False)
    op.create_index(op.f("ix_case_reporters_openid"), "case_reporters", ["openid"], unique=False)
    op.create_index(op.f("ix_case_reporters_phone"), "case_reporters", ["phone"], unique=False)
    op.create_table(
        "case_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_requests_case_id")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_case_requests_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["users.id"], name=op.f("fk_case_requests_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_requests")),
    )
    op.create_index(op.f("ix_case_requests_case_id"), "case_requests", ["case_id"], unique=False)
    op.create_index(
        "uq_case_requests_pending",
        "case_requests",
        ["case_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="before", nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("thumbnail_key", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_photos_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_photos_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    op.create_index(op.f("ix_photos_case_id"), "photos", ["case_id"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column(
            "payload", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["case_assignments.id"], name=op.f("fk_deliveries_assignment_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_deliveries_case_id")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_deliveries_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("assignment_id", "kind", name=op.f("uq_deliveries_assignment_id_kind")),
    )
    op.create_index(op.f("ix_deliveries_case_id"), "deliveries", ["case_id"], unique=False)
    op.create_index(
        "ix_deliveries_dead",
        "deliveries",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'dead'"),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["department_id", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_deliveries_inbox",
        "deliveries",
        ["department_id", sa.literal_column("id DESC")],
        unique=False,
    )
    append_only.create()
    reference_triggers.create()
    case_serials.create()


def downgrade() -> None:
    case_serials.drop()
    append_only.drop()
    reference_triggers.drop()
    op.drop_index("ix_deliveries_inbox", table_name="deliveries")
    op.drop_index(
        "ix_deliveries_due", table_name="deliveries", postgresql_where=sa.text("status = 'pending'")
    )
    op.drop_index(
        "ix_deliveries_dead", table_name="deliveries", postgresql_where=sa.text("status = 'dead'")
    )
    op.drop_index(op.f("ix_deliveries_case_id"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index(op.f("ix_photos_case_id"), table_name="photos")
    op.drop_table("photos")
    op.drop_index(
        "uq_case_requests_pending",
        table_name="case_requests",
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.drop_index(op.f("ix_case_requests_case_id"), table_name="case_requests")
    op.drop_table("case_requests")
    op.drop_index(op.f("ix_case_reporters_phone"), table_name="case_reporters")
    op.drop_index(op.f("ix_case_reporters_openid"), table_name="case_reporters")
    op.drop_index(op.f("ix_case_reporters_case_id"), table_name="case_reporters")
    op.drop_table("case_reporters")
    op.drop_index(op.f("ix_case_ratings_case_id"), table_name="case_ratings")
    op.drop_table("case_ratings")
    op.drop_index(op.f("ix_case_places_case_id"), table_name="case_places")
    op.drop_table("case_places")
    op.drop_index("uq_case_history_case_id_version", table_name="case_history")
    op.drop_index("ix_case_history_at", table_name="case_history")
    op.drop_table("case_history")
    op.drop_index(
        "uq_case_assignments_open",
        table_name="case_assignments",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_case_assignments_case_id"), table_name="case_assignments")
    op.drop_table("case_assignments")
    op.drop_index(op.f("ix_user_sessions_user_id"), table_name="user_sessions")
    op.drop_index(op.f("ix_user_sessions_expires_at"), table_name="user_sessions")
    op.drop_table("user_sessions")
    op.drop_index("ix_cases_working_grid_stage", table_name="cases")
    op.drop_index(
        "ix_cases_warn",
        table_name="cases",
        postgresql_where=sa.text("warned_at IS NULL AND warn_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_cases_suspended",
        table_name="cases",
        postgresql_where=sa.text("suspended_until IS NOT NULL"),
    )
    op.drop_index(
        "ix_cases_stage_due",
        table_name="cases",
        postgresql_where=sa.text("stage_overdue_at IS NULL AND stage_due_at IS NOT NULL"),
    )
    op.drop_index("ix_cases_stage_created", table_name="cases")
    op.drop_index("ix_cases_geom", table_name="cases", postgresql_using="gist")
    op.drop_index(op.f("ix_cases_duplicate_of_id"), table_name="cases")
    op.drop_index(
        "ix_cases_due",
        table_name="cases",
        postgresql_where=sa.text("overdue_at IS NULL AND due_at IS NOT NULL"),
    )
    op.drop_index("ix_cases_district", table_name="cases")
    op.drop_index("ix_cases_department_stage", table_name="cases")
    op.drop_index("ix_cases_created", table_name="cases")
    op.drop_index("ix_cases_category_recent", table_name="cases")
    op.drop_table("cases")
    op.drop_table("camera_types")
    op.drop_index(
        "ix_wechat_media_due",
        table_name="wechat_media",
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_wechat_media_conversation_id"), table_name="wechat_media")
    op.drop_table("wechat_media")
    op.drop_index(op.f("ix_users_working_grids"), table_name="users", postgresql_using="gin")
    op.drop_index(op.f("ix_users_department_id"), table_name="users")
    op.drop_table("users")
    op.drop_index(op.f("ix_routing_rules_category_id"), table_name="routing_rules")
    op.drop_table("routing_rules")
    op.drop_index(op.f("ix_parts_grid_code"), table_name="parts")
    op.drop_index("ix_parts_geom", table_name="parts", postgresql_using="gist")
    op.drop_index(op.f("ix_parts_category_id"), table_name="parts")
    op.drop_table("parts")
    op.drop_table("intake_policies")
    op.drop_table("duplicate_rules")
    op.drop_table("department_names")
    op.drop_table("department_endpoints")
    op.drop_index(op.f("ix_department_duties_department_id"), table_name="department_duties")
    op.drop_table("department_duties")
    op.drop_index(op.f("ix_conditions_category_id"), table_name="conditions")
    op.drop_table("conditions")
    op.drop_index(op.f("ix_category_terms_category_id"), table_name="category_terms")
    op.drop_table("category_terms")
    op.drop_table("calendar_days")
    op.drop_table("work_calendars")
    op.drop_index(
        "uq_wechat_conversations_open",
        table_name="wechat_conversations",
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.drop_index(
        "ix_wechat_conversations_idle",
        table_name="wechat_conversations",
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.drop_table("wechat_conversations")
    op.drop_index(op.f("ix_unit_grids_working_grid_code"), table_name="unit_grids")
    op.drop_index("ix_unit_grids_geom", table_name="unit_grids", postgresql_using="gist")
    op.drop_index(op.f("ix_unit_grids_community_code"), table_name="unit_grids")
    op.drop_table("unit_grids")
    op.drop_table("stage_limits")
    op.drop_table("reference_sets")
    op.drop_index(
        "ix_places_name",
        table_name="places",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.drop_index("ix_places_geom", table_name="places", postgresql_using="gist")
    op.drop_table("places")
    op.drop_index(
        "ix_outbox_unsent", table_name="outbox", postgresql_where=sa.text("sent_at IS NULL")
    )
    op.drop_index(
        "ix_outbox_unconfirmed",
        table_name="outbox",
        postgresql_where=sa.text("sent_at IS NOT NULL AND confirmed < jobs"),
    )
    op.drop_index("ix_outbox_created_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("job_receipts")
    op.drop_index(
        "uq_intake_messages_dedupe",
        table_name="intake_messages",
        postgresql_where=sa.text("dedupe_key IS NOT NULL"),
    )
    op.drop_index(
        "ix_intake_messages_open",
        table_name="intake_messages",
        postgresql_where=sa.text("status IN ('received', 'failed')"),
    )
    op.drop_index(op.f("ix_intake_messages_case_id"), table_name="intake_messages")
    op.drop_table("intake_messages")
    op.drop_table("facility_keys")
    op.drop_index(op.f("ix_facilities_kind"), table_name="facilities")
    op.drop_index("ix_facilities_geom", table_name="facilities", postgresql_using="gist")
    op.drop_table("facilities")
    op.drop_index(op.f("ix_departments_parent_id"), table_name="departments")
    op.drop_table("departments")
    op.drop_table("condition_terms")
    op.drop_table("city_settings")
    op.drop_index(op.f("ix_categories_group"), table_name="categories")
    op.drop_table("categories")
    op.drop_table("case_numbers")
    op.drop_table("cameras")
    op.drop_index(
        "uq_camera_scenes_open",
        table_name="camera_scenes",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("camera_scenes")
    op.drop_table("camera_devices")
    op.drop_index(op.f("ix_audit_log_subject_at"), table_name="audit_log")
    op.drop_index(op.f("ix_audit_log_actor_id_at"), table_name="audit_log")
    op.drop_table("audit_log")
    op.drop_index("ix_areas_geom", table_name="areas", postgresql_using="gist")
    op.drop_table("areas")
