"""docs/open-data.md, written from the comments of the database: every view and column in plain words."""

from sqlalchemy.orm import Session

from dispatch.opendata.queries import ViewWords, described

_HEAD = """# Open data and the analysts' views

This page is written from the comments of the database by `dispatch open-data columns`; a test compares them.

**For everybody.** `/data` lists the data sets, each as CSV (UTF-8, times with their zone), GeoJSON (WGS-84),
GeoPackage and GeoParquet (CGCS2000, EPSG:4490); cases have a file for each year. The catalogue for machines is
`/data/catalog.jsonld` (DCAT 3). Files are made at night by a process of their own and lie in the media store; a
catalogue entry names size and SHA-256, the address answers `ETag` and `If-None-Match`.

**For the city's analysts.** `dispatch analyst grant NAME` makes a log-in of the database that may read the views below
and nothing else: read-only, four connections, five minutes a statement. `dispatch analyst revoke NAME` takes it away,
`dispatch analyst list` names all. The platform's database user needs `CREATEROLE` for it.

**What is left out, and why.** No description, note or comment: people write names, numbers and house numbers into
them. No reporter, no staff. No address and no exact point of a case: a report often comes from in front of the
reporter's door. Open data gives the hour and the unit grid (about 200 m across) with its middle; analysts get exact
times and about 100 m. What nobody has looked at yet, or what was found to be nothing, is not published.
"""


def page(session: Session) -> str:
    """The page as it should be."""
    return "\n".join([_HEAD, *(_section(view) for view in described(session))])


def _section(view: ViewWords) -> str:
    rows = "\n".join(
        f"| `{each.name}` | {each.type} | {each.zh} | {each.en} |" for each in view.columns
    )
    return (
        f"## {view.full_name}\n\n{view.zh}。{view.en.capitalize()}.\n\n"
        f"| column | type | 含义 | meaning |\n|---|---|---|---|\n{rows}\n"
    )
