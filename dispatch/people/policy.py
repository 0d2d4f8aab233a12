"""Who a person is to the rest of the platform: their roles and how far they may see."""

from dataclasses import dataclass

from dispatch.people.model import Role

#: Roles that see the cases of the whole city (or of their district, when they have one).
CITY_WIDE = frozenset(
    {
        Role.AGENT,
        Role.SHIFT_LEADER,
        Role.DISPATCHER,
        Role.SUPERVISOR,
        Role.LEADER,
        Role.ADMIN,
    }
)
#: Roles that see the cases of their own department.
DEPARTMENTAL = frozenset({Role.MANAGER, Role.HANDLER})
#: Roles whose work needs a reporter's name and number; every look is audited.
SEES_REPORTERS = frozenset({Role.AGENT, Role.SHIFT_LEADER})


@dataclass(frozen=True)
class Person:
    """Somebody who acts: a user, or the platform itself (`id` is None)."""

    id: int | None
    name: str
    roles: frozenset[Role]
    department_id: int | None = None
    district_code: str | None = None
    working_grids: frozenset[str] = frozenset()
    username: str = ""
    language: str = "zh"
    is_reporter: bool = False

    @property
    def is_system(self) -> bool:
        """Whether the platform acts by itself, by rule."""
        return self.id is None and not self.is_reporter

    def has(self, *roles: Role) -> bool:
        """Whether the person holds one of these roles."""
        return not self.roles.isdisjoint(roles)


#: The platform acting by its own rules.
SYSTEM = Person(id=None, name="平台", roles=frozenset())
#: The citizen who reported, known by the token of the report alone.
REPORTER = Person(id=None, name="举报人", roles=frozenset(), is_reporter=True)
