"""Write the demonstration's people: every post of the centre, three in each unit, two inspectors a working grid.

They are synthetic and bear the names of their posts. Run `python data/make_people.py` after
`make_organisation.py`, whose units they belong to.
"""

import csv
from pathlib import Path

HERE = Path(__file__).parent
WORKING_GRIDS = 98
Row = dict[str, str]


def read(name: str) -> list[Row]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, rows: list[Row]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows")


def person(username: str, name: str, role: str, *, unit: str = "", grid: str = "") -> Row:
    return {"username": username, "name": name, "role": role, "department": unit,
            "working_grid_index": grid, "synthetic": "true"}  # fmt: skip


def people(units: list[Row]) -> list[Row]:
    rows = [person(f"agent{n:02}", f"坐席{n:02}", "agent", unit="centre") for n in range(1, 13)]
    rows += [
        person(f"leader{n:02}", f"值班长{n:02}", "shift_leader", unit="centre") for n in range(1, 5)
    ]
    rows += [person(f"dispatcher{n:02}", f"派遣员{n:02}", "dispatcher", unit="dispatch-desk")
             for n in range(1, 7)]  # fmt: skip
    rows.append(person("cityleader01", "分管领导", "leader", unit="centre"))
    rows += [
        person(f"supervisor{n:02}", f"督查员{n:02}", "supervisor", unit="centre")
        for n in range(1, 6)
    ]
    rows += [person(f"admin{n:02}", f"管理员{n:02}", "admin", unit="centre") for n in range(1, 3)]
    for unit in units:
        if unit["kind"] == "centre":
            continue
        code, short = unit["code"], unit["short_name"]
        rows.append(person(f"{code}-manager", f"{short}负责人", "manager", unit=code))
        rows += [
            person(f"{code}-{n:02}", f"{short}处置员{n:02}", "handler", unit=code) for n in (1, 2)
        ]
    for grid in range(1, WORKING_GRIDS + 1):
        for letter in "ab":
            rows.append(person(f"inspector{grid:02}{letter}", f"巡查员{grid:02}{letter.upper()}",
                               "inspector", unit="centre", grid=str(grid)))  # fmt: skip
    return rows


if __name__ == "__main__":
    write("people.csv", people(read("departments/departments.csv")))
