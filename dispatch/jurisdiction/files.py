"""The gazetteer's files as rows of the table `places`; only imports read them, no server."""

from pathlib import Path

from dispatch.jurisdiction.gazetteer import NamedPlace, PlaceKind, to_places
from geo.gazetteer.files import read_folder, read_layer


def read_places(folder: Path) -> list[NamedPlace]:
    """Everything in a folder laid out like `data/gazetteer`; raises GazetteerError."""
    rivers = folder / "water.geojson"
    water = [
        NamedPlace(PlaceKind.WATER, record.get("name"), record.geometry)
        for record in (read_layer(rivers) if rivers.exists() else ())
    ]
    return [*to_places(read_folder(folder)), *water]
