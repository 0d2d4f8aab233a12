"""What a web process loads before it serves: the data that every request looks up in memory."""

import gc
import logging

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import departments
from dispatch.jurisdiction.reference import area_names, gazetteer, grid
from dispatch.kit.db import open_session
from dispatch.kit.reference import ReferenceSet

log = logging.getLogger(__name__)


def warm_up() -> None:
    """Load reference data, so that the first request does not wait for it.

    A database that is not there yet is no reason not to start: the first request loads it then.
    """
    try:
        with open_session() as session:
            for load in (gazetteer, area_names, catalogue, departments):
                load(session)
            has_grid = select(ReferenceSet.blob.is_not(None)).where(ReferenceSet.name == "grid")
            if session.scalar(has_grid):
                grid(session)
    except SQLAlchemyError as error:
        log.warning("reference data will be loaded by the first request: %s", error)
    gc.collect()
    gc.freeze()  # what lives as long as the process need not be looked at again and again
