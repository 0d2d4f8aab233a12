"""The right department for a sample case, worked out apart from the platform's own routing.

Order: owner of the part at the spot; then category with area, category, group with area, group,
kind; of areas the street before the virtual district, the district and the city.
"""

from cases.city import City, Row, Spot, table

AREA_ORDER = ("street", "virtual_district", "district", "city")


class Responsible:
    """Answers from `routing_rules.csv` and the parts inventory."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.rules = [
            rule for rule in table("departments/routing_rules.csv") if not rule["valid_to"]
        ]
        self.groups = {
            row["code"]: row["group"]
            for row in table("catalogue/categories.csv") if row["scheme"] != "CJT214"
        }  # fmt: skip
        self.owners = {
            part["code"]: part["owner"] for parts in city.parts.values() for part in parts
        }

    def at(self, category: str, spot: Spot) -> str | None:
        """The department's code; None where a part of the class may stand near and decide."""
        owner = self.owners.get(spot.part_code, "")
        if owner:
            return owner
        if category in self.city.parts and not spot.part_code:
            return None
        return self._by_rule(category, spot)

    def _by_rule(self, category: str, spot: Spot) -> str | None:
        grid = self.city.grid(spot)
        here = {"street": grid[:9], "virtual_district": self.city.zones.get(grid[:9], ""),
                "district": grid[:6], "city": ""}  # fmt: skip
        kind = "part" if category.startswith("P") else "event"
        levels = (("category", category), ("group", self.groups[category]), ("kind", kind))
        for column, value in levels:
            found = [rule for rule in self.rules if rule[column] == value and _holds(rule, here)]
            if found:
                return min(found, key=lambda rule: AREA_ORDER.index(rule["area_kind"]))[
                    "department"
                ]
        return None


def _holds(rule: Row, here: dict[str, str]) -> bool:
    return rule["area_kind"] == "city" or rule["area_code"] == here[rule["area_kind"]] != ""
