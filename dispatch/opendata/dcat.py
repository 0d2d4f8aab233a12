"""The catalogue for machines: DCAT 3 as JSON-LD, with its context inside so that no reader fetches anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dispatch.opendata.model import Cadence, OpenDataset, OpenFile

MEDIA_TYPES: Final[dict[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet",
}
FORMAT_NAMES: Final[dict[str, str]] = {
    "csv": "CSV",
    "geojson": "GeoJSON",
    "gpkg": "GeoPackage",
    "parquet": "GeoParquet",
}
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_FREQUENCY: Final = "http://publications.europa.eu/resource/authority/frequency/"
_FREQUENCIES: Final[dict[str, str]] = {
    Cadence.DAILY: f"{_FREQUENCY}DAILY",
    Cadence.WEEKLY: f"{_FREQUENCY}WEEKLY",
    Cadence.MONTHLY: f"{_FREQUENCY}MONTHLY",
}
_CRS: Final = {
    "geojson": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    "gpkg": "http://www.opengis.net/def/crs/EPSG/0/4490",
    "parquet": "http://www.opengis.net/def/crs/EPSG/0/4490",
}
_CONTEXT: Final[dict[str, Any]] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "locn": "http://www.w3.org/ns/locn#",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
}


@dataclass(frozen=True)
class Publisher:
    """Who publishes, where, and over which box of degrees (west, south, east, north)."""

    name: str
    name_en: str
    base_url: str
    box: tuple[float, float, float, float] | None


def file_name(file: OpenFile) -> str:
    """The name under which a file is taken away."""
    return (
        f"{file.dataset}-{file.part}.{file.format}"
        if file.part
        else f"{file.dataset}.{file.format}"
    )


def catalogue(
    publisher: Publisher,
    datasets: Sequence[OpenDataset],
    files: Mapping[str, Sequence[OpenFile]],
    *,
    at: datetime,
) -> dict[str, Any]:
    """The catalogue with its data sets and their distributions."""
    base = f"{publisher.base_url}/data"
    made = [each.made_at for each in datasets if each.made_at]
    return {
        "@context": _CONTEXT,
        "@id": f"{base}/catalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": _both("柳州市城市管理开放数据", "City management of Liuzhou: open data"),
        "dct:description": _both(
            "城市管理案件、公共设施、单元网格和城市部件,每晚更新,不含个人信息。",
            "Cases, public facilities, unit grids and parts of the city, made each night; no personal data.",
        ),
        "dct:publisher": _agent(publisher),
        "dct:language": [
            {"@id": "http://publications.europa.eu/resource/authority/language/ZHO"},
            {"@id": "http://publications.europa.eu/resource/authority/language/ENG"},
        ],
        "dct:modified": _moment(max(made, default=at)),
        "foaf:homepage": {"@id": base},
        "dcat:dataset": [_dataset(publisher, each, files.get(each.code, ())) for each in datasets],
    }


def _both(zh: str, en: str) -> list[dict[str, str]]:
    return [{"@value": zh, "@language": "zh"}, {"@value": en, "@language": "en"}]


def _moment(at: datetime) -> dict[str, str]:
    return {"@value": at.isoformat(timespec="seconds"), "@type": "xsd:dateTime"}


def _agent(publisher: Publisher) -> dict[str, Any]:
    return {
        "@id": publisher.base_url,
        "@type": "foaf:Agent",
        "foaf:name": _both(publisher.name, publisher.name_en),
    }


def _dataset(
    publisher: Publisher, dataset: OpenDataset, files: Sequence[OpenFile]
) -> dict[str, Any]:
    base = f"{publisher.base_url}/data/{dataset.code}"
    made: dict[str, Any] = {
        "@id": base,
        "@type": "dcat:Dataset",
        "dct:identifier": dataset.code,
        "dct:title": _both(dataset.title, dataset.title_en),
        "dct:description": _both(dataset.about, dataset.about_en),
        "dct:publisher": {"@id": publisher.base_url},
        "dcat:keyword": [each.strip() for each in dataset.keywords.split(",") if each.strip()],
        "dct:accrualPeriodicity": {"@id": _FREQUENCIES[dataset.cadence]},
        "dct:accessRights": {
            "@id": "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
        },
        "dcat:landingPage": {"@id": base},
        "dcat:distribution": [_distribution(publisher, dataset, each) for each in files],
    }
    if dataset.theme:
        made["dcat:theme"] = {"@id": dataset.theme}
    if dataset.made_at:
        made["dct:modified"] = _moment(dataset.made_at)
    if publisher.box:
        made["dct:spatial"] = _place(publisher.box)
    return made


def _place(box: tuple[float, float, float, float]) -> dict[str, Any]:
    west, south, east, north = box
    ring = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
    return {
        "@type": "dct:Location",
        "dcat:bbox": {"@value": f"POLYGON(({ring}))", "@type": "geosparql:wktLiteral"},
    }


def _distribution(publisher: Publisher, dataset: OpenDataset, file: OpenFile) -> dict[str, Any]:
    address = f"{publisher.base_url}/data/{dataset.code}/{file_name(file)}"
    part = f" {file.part}" if file.part else ""
    made: dict[str, Any] = {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": _both(
            f"{dataset.title}{part} {FORMAT_NAMES[file.format]}",
            f"{dataset.title_en}{part}, {FORMAT_NAMES[file.format]}",
        ),
        "dcat:accessURL": {"@id": f"{publisher.base_url}/data/{dataset.code}"},
        "dcat:downloadURL": {"@id": address},
        "dcat:mediaType": {"@id": _IANA + MEDIA_TYPES[file.format].partition(";")[0]},
        "dcat:byteSize": {"@value": str(file.bytes), "@type": "xsd:nonNegativeInteger"},
        "dct:license": {"@id": dataset.licence},
        "dct:modified": _moment(file.as_of),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@value": file.sha256, "@type": "xsd:hexBinary"},
        },
    }
    if file.format in _CRS:
        made["dct:conformsTo"] = {"@id": _CRS[file.format]}
    return made
