"""The errors of the pure geographic library, each with a Chinese and an English text.

GeoError
├── CoordinateError    a longitude or latitude that is not finite or out of range
├── ShapeError         GeoJSON or a geometry that cannot be read, repaired or measured
├── GridError          a grid that cannot be built or looked into
│   └── GridBytesError the stored form of a grid is damaged or of another version
├── GridFileError      a file with a grid that cannot be read or understood
├── TileError          a tile number that does not exist
└── GazetteerError     gazetteer data that cannot be read or do not fit together
"""


class GeoError(ValueError):
    """What was wrong and how to put it right: `zh` in Chinese, `en` in English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.zh = zh
        self.en = en

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


class CoordinateError(GeoError):
    """A longitude or latitude that is not finite or out of range."""


class ShapeError(GeoError):
    """GeoJSON or a geometry that cannot be read, repaired or measured."""


class GridError(GeoError):
    """A grid that cannot be built or looked into."""


class GridBytesError(GridError):
    """The stored form of a grid is damaged or of another version."""


class GridFileError(GeoError):
    """A file with a grid that cannot be read or understood."""


class TileError(GeoError):
    """A tile number that does not exist."""


class GazetteerError(GeoError):
    """Gazetteer data that cannot be read or do not fit together."""
