"""A city with a dispatched case, whose department has a system of its own."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.cases.states import Stage
from dispatch.departments.model import DepartmentEndpoint
from dispatch.kit import config
from tests.factories.cases import add_case
from tests.factories.city import City, add_city
from tests.factories.servers import Partner


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


@pytest.fixture
def case(session: Session, city: City) -> Case:
    """A case that the works department has."""
    return add_case(session, city, Stage.DISPATCHED)


@pytest.fixture
def assignment(session: Session, case: Case) -> CaseAssignment:
    return session.scalars(select(CaseAssignment).where(CaseAssignment.case_id == case.id)).one()


@pytest.fixture
def endpoint(session: Session, city: City) -> DepartmentEndpoint:
    """The works department's webhook, fast and strict; nobody listens there."""
    made = DepartmentEndpoint(
        department_id=city.works.id,
        url="http://192.0.2.1/cases",
        secret_version=1,
        timeout_s=5,
        rate_per_minute=6000,
        max_attempts=3,
    )
    session.add(made)
    session.flush()
    return made


@pytest.fixture
def partner() -> Iterator[Partner]:
    """A department's own system on this machine."""
    made = Partner()
    yield made
    made.close()


@pytest.fixture
def loopback_allowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Webhooks may reach this machine."""
    monkeypatch.setenv("DISPATCH_WEBHOOK_NETWORKS", "127.0.0.0/8")
    config.settings.cache_clear()
    yield
    monkeypatch.undo()
    config.settings.cache_clear()
