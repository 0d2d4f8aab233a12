"""Analysts' log-ins: what they may read, what they may not, and that others' roles are left alone."""

import os

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from dispatch.kit.errors import InvalidInput, NotAllowed, NotFound
from dispatch.opendata import analysts

#: Roles belong to the whole cluster; this one lives in the test's own transaction.
NAME = f"analyst_{os.getpid()}"


def test_an_analyst_reads_the_views_and_nothing_else(session: Session) -> None:
    granted = analysts.grant(session, NAME)
    assert granted.password is not None
    assert len(granted.password) >= 20
    assert analysts.grant(session, NAME).password is None
    assert NAME in analysts.analysts(session)
    session.execute(text(f'SET LOCAL ROLE "{NAME}"'))
    assert session.scalar(text("SELECT count(*) FROM analysis.cases")) == 0
    assert session.scalar(text("SELECT count(*) FROM open_data.parts")) == 0
    for forbidden in (
        "SELECT 1 FROM cases",
        "SELECT 1 FROM case_reporters",
        "SELECT 1 FROM users",
        "DELETE FROM analysis.unit_grids",
        "CREATE TABLE analysis.mine (a int)",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), session.begin_nested():
            session.execute(text(forbidden))
    session.execute(text("RESET ROLE"))
    bounds = session.scalar(
        text(
            "SELECT array_to_string(setconfig, ' ') FROM pg_db_role_setting s"
            " JOIN pg_roles r ON r.oid = s.setrole WHERE rolname = :name"
        ),
        {"name": NAME},
    )
    assert "default_transaction_read_only=on" in bounds
    assert "statement_timeout=5min" in bounds
    analysts.revoke(session, NAME)
    assert NAME not in analysts.analysts(session)


def test_a_role_that_is_no_analyst_is_neither_granted_nor_dropped(session: Session) -> None:
    session.execute(text(f'CREATE ROLE "{NAME}"'))
    with pytest.raises(NotAllowed):
        analysts.grant(session, NAME)
    with pytest.raises(NotFound):
        analysts.revoke(session, NAME)
    with pytest.raises(InvalidInput):
        analysts.grant(session, 'x"; DROP TABLE cases; --')
