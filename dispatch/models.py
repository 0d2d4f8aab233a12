"""Every slice's tables, imported once, for migrations and for tests that build a database."""

from dispatch.bulletins import model as bulletins
from dispatch.cases import model as cases
from dispatch.catalogue import model as catalogue
from dispatch.crews import model as crews
from dispatch.departments import model as departments
from dispatch.exchange import model as exchange
from dispatch.facilities import model as facilities
from dispatch.hotline import model as hotline
from dispatch.hotspots import model as hotspots
from dispatch.intake import model as intake
from dispatch.jurisdiction import model as jurisdiction
from dispatch.kit import audit, idempotency, outbox, reference
from dispatch.kit.db import Base
from dispatch.ladders import model as ladders
from dispatch.lists import model as lists
from dispatch.notices import model as notices
from dispatch.opendata import model as opendata
from dispatch.parts import model as parts
from dispatch.patrol import model as patrol
from dispatch.people import model as people
from dispatch.routing import model as routing
from dispatch.supervision import model as supervision
from dispatch.units import model as units
from dispatch.uploads import model as uploads

metadata = Base.metadata

__all__ = [
    "audit",
    "bulletins",
    "cases",
    "catalogue",
    "crews",
    "departments",
    "exchange",
    "facilities",
    "hotline",
    "hotspots",
    "idempotency",
    "intake",
    "jurisdiction",
    "ladders",
    "lists",
    "metadata",
    "notices",
    "opendata",
    "outbox",
    "parts",
    "patrol",
    "people",
    "reference",
    "routing",
    "supervision",
    "units",
    "uploads",
]
