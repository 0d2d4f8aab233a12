"""What each post may do, in one table: routes name a permission, and nothing is open that is not named here."""

from enum import StrEnum

from dispatch.people.model import Role

EVERYONE = frozenset(Role)
_CENTRE = frozenset({Role.AGENT, Role.SHIFT_LEADER, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN})


class Permission(StrEnum):
    """A right that a route asks for."""

    SIGNED_IN = "signed_in"
    OWN_ACCOUNT = "own.account"
    CASES_READ = "cases.read"
    CASES_REGISTER = "cases.register"
    CASES_ACT = "cases.act"
    ROUTING_EXPLAIN = "routing.explain"
    REVIEW_QUEUE = "intake.review"
    AGENT_DESK = "agent.desk"
    INTAKE_LOG = "intake.log"
    INBOX_READ = "inbox.read"
    UNIT_DESK = "unit.desk"
    UNIT_MANAGE = "unit.manage"
    FILING_DESK = "desk.file"
    DISPATCH_DESK = "desk.dispatch"
    RULINGS_READ = "rulings.read"
    RULINGS_DECIDE = "rulings.decide"
    URGE_MANY = "desk.urge"
    HAND_OVER = "shift.hand_over"
    DELIVERIES_MANAGE = "deliveries.manage"
    CATALOGUE_EDIT = "catalogue.edit"
    RULES_EDIT = "rules.edit"
    NOTICES_EDIT = "notices.edit"
    FACILITIES_EDIT = "facilities.edit"
    DEPARTMENTS_READ = "departments.read"
    DEPARTMENTS_EDIT = "departments.edit"
    GRIDS_EDIT = "grids.edit"
    PARTS_EDIT = "parts.edit"
    CAMERAS_EDIT = "cameras.edit"
    ADMIN_DESK = "admin.desk"
    PEOPLE_MANAGE = "people.manage"
    AUDIT_READ = "audit.read"
    BULLETINS_READ = "bulletins.read"
    BULLETINS_EDIT = "bulletins.edit"
    HOTSPOTS_READ = "hotspots.read"
    PATROL = "patrol.own"
    PATROL_WATCH = "patrol.watch"
    FIGURES_READ = "figures.read"
    EVALUATION_READ = "evaluation.read"
    EVALUATION_PUBLISH = "evaluation.publish"
    EVALUATION_EDIT = "evaluation.edit"


#: Who holds which right. How far a right reaches (city, district, department, working grid) is the
#: scope of the person, see `dispatch.cases.policy`; which deed at which stage, `dispatch.cases.states`.
GRANTS: dict[Permission, frozenset[Role]] = {
    Permission.SIGNED_IN: EVERYONE,
    Permission.OWN_ACCOUNT: EVERYONE,
    Permission.CASES_READ: EVERYONE,
    Permission.CASES_REGISTER: frozenset({Role.INSPECTOR, Role.AGENT, Role.SHIFT_LEADER}),
    Permission.CASES_ACT: EVERYONE,
    Permission.ROUTING_EXPLAIN: _CENTRE,
    Permission.REVIEW_QUEUE: frozenset({Role.AGENT, Role.SHIFT_LEADER}),
    Permission.AGENT_DESK: frozenset({Role.AGENT, Role.SHIFT_LEADER}),
    Permission.INTAKE_LOG: frozenset({Role.SHIFT_LEADER, Role.SUPERVISOR, Role.ADMIN}),
    Permission.INBOX_READ: frozenset({Role.MANAGER, Role.HANDLER}),
    Permission.UNIT_DESK: frozenset({Role.MANAGER, Role.HANDLER}),
    Permission.UNIT_MANAGE: frozenset({Role.MANAGER}),
    Permission.FILING_DESK: frozenset({Role.AGENT, Role.SHIFT_LEADER}),
    Permission.DISPATCH_DESK: frozenset({Role.DISPATCHER, Role.SHIFT_LEADER}),
    Permission.RULINGS_READ: _CENTRE,
    Permission.RULINGS_DECIDE: frozenset({Role.DISPATCHER, Role.SHIFT_LEADER}),
    Permission.URGE_MANY: frozenset({Role.DISPATCHER, Role.SHIFT_LEADER, Role.SUPERVISOR}),
    Permission.HAND_OVER: frozenset({Role.AGENT, Role.DISPATCHER, Role.SHIFT_LEADER}),
    Permission.DELIVERIES_MANAGE: frozenset({Role.DISPATCHER, Role.ADMIN}),
    Permission.CATALOGUE_EDIT: frozenset({Role.ADMIN}),
    Permission.RULES_EDIT: frozenset({Role.ADMIN}),
    Permission.NOTICES_EDIT: frozenset({Role.ADMIN}),
    Permission.FACILITIES_EDIT: frozenset({Role.ADMIN}),
    Permission.DEPARTMENTS_READ: EVERYONE,
    Permission.DEPARTMENTS_EDIT: frozenset({Role.ADMIN}),
    Permission.GRIDS_EDIT: frozenset({Role.ADMIN}),
    Permission.PARTS_EDIT: frozenset({Role.ADMIN}),
    Permission.CAMERAS_EDIT: frozenset({Role.ADMIN}),
    Permission.ADMIN_DESK: frozenset({Role.ADMIN}),
    Permission.PEOPLE_MANAGE: frozenset({Role.ADMIN}),
    Permission.AUDIT_READ: frozenset({Role.ADMIN}),
    Permission.BULLETINS_READ: frozenset(
        {Role.SUPERVISOR, Role.LEADER, Role.SHIFT_LEADER, Role.ADMIN}
    ),
    Permission.BULLETINS_EDIT: frozenset({Role.SUPERVISOR}),
    Permission.HOTSPOTS_READ: frozenset(
        {Role.SUPERVISOR, Role.LEADER, Role.SHIFT_LEADER, Role.DISPATCHER}
    ),
    Permission.PATROL: frozenset({Role.INSPECTOR}),
    Permission.PATROL_WATCH: frozenset({Role.SHIFT_LEADER, Role.SUPERVISOR}),
    Permission.FIGURES_READ: frozenset(
        {Role.SUPERVISOR, Role.LEADER, Role.SHIFT_LEADER, Role.DISPATCHER, Role.ADMIN}
    ),
    Permission.EVALUATION_READ: frozenset(
        {Role.SUPERVISOR, Role.LEADER, Role.SHIFT_LEADER, Role.ADMIN, Role.MANAGER}
    ),
    Permission.EVALUATION_PUBLISH: frozenset({Role.SUPERVISOR}),
    Permission.EVALUATION_EDIT: frozenset({Role.SUPERVISOR, Role.ADMIN}),
}


#: What somebody may do who was given a password and has not chosen their own yet.
BEFORE_NEW_PASSWORD: frozenset[Permission | Role] = frozenset({Permission.OWN_ACCOUNT})


def roles_for(*needs: Permission | Role) -> frozenset[Role]:
    """The roles that meet at least one of these needs; none named, none admitted."""
    return frozenset[Role]().union(
        *(frozenset({need}) if isinstance(need, Role) else GRANTS[need] for need in needs)
    )


#: Addresses that ask for no log-in, by method and template, each with what protects it instead.
PUBLIC: dict[tuple[str, str], str] = {
    ("POST", "/api/v1/reports"): "rate limit",
    ("GET", "/api/v1/reports/{report_id}"): "token of the report",
    ("POST", "/api/v1/reports/{report_id}/rating"): "token of the report",
    ("GET", "/media/{photo_id}"): "token of the report, or a right to see the case",
    ("GET", "/media/{photo_id}/thumb"): "token of the report, or a right to see the case",
    ("GET", "/api/v1/facilities"): "rate limit",
    ("PUT", "/api/v1/facilities/{code}/availability"): "key of the feed",
    ("GET", "/api/v1/grid/locate"): "rate limit",
    ("POST", "/api/v1/grid/locate"): "rate limit",
    ("GET", "/api/v1/geocode"): "rate limit",
    ("GET", "/api/v1/catalogue"): "rate limit",
    ("GET", "/tiles/{layer}/{z}/{x}/{y}.mvt"): "rate limit; public layers, no personal data",
    ("GET", "/channels/wechat"): "signature",
    ("POST", "/channels/wechat"): "signature",
    ("POST", "/channels/sms"): "signature",
    ("POST", "/channels/camera/{source}"): "signature",
    ("POST", "/channels/camera/gat1400/VIID/System/Register"): "digest",
    ("POST", "/channels/camera/gat1400/VIID/System/UnRegister"): "digest",
    ("POST", "/channels/camera/gat1400/VIID/System/Keepalive"): "registered device",
    ("GET", "/channels/camera/gat1400/VIID/System/Time"): "tells the time only",
    ("POST", "/channels/camera/gat1400/VIID/Images"): "registered device",
    ("POST", "/api/v1/session"): "password, throttled",
    ("GET", "/"): "tells nothing",
    ("GET", "/report"): "tells nothing",
    ("POST", "/report"): "token of the form, rate limit",
    ("GET", "/report/done/{report_id}"): "token of the report",
    ("GET", "/track"): "rate limit",
    ("GET", "/track/{report_id}"): "token of the report",
    ("POST", "/track/{report_id}/rating"): "token of the report",
    ("POST", "/track"): "end of the phone number; wrong ones are counted",
    ("POST", "/track/{report_id}/remark"): "token of the report",
    ("POST", "/track/{report_id}/notices"): "token of the report",
    ("POST", "/track/{report_id}/sms"): "token of the report",
    ("POST", "/report/photos"): "token of the form, rate limit",
    ("GET", "/report/photos/{photo_id}"): "an id nobody can guess, until a report takes the photo",
    ("POST", "/report/alike"): "token of the form, rate limit; no personal data",
    ("GET", "/report/alike/{ticket}.jpg"): "signed address of a small picture",
    ("GET", "/report/done/{report_id}/standing"): "token of the report",
    ("GET", "/nearby"): "rate limit",
    ("GET", "/nearby/cards"): "rate limit",
    ("GET", "/n/{kind}/{place}"): "tells nothing",
    ("GET", "/map"): "rate limit; no personal data",
    ("GET", "/map/list"): "rate limit; no personal data",
    ("GET", "/map/feed"): "rate limit; no personal data",
    ("GET", "/map/feed.rss"): "rate limit; no personal data",
    ("GET", "/bulletins"): "what is published",
    ("GET", "/bulletins/{bulletin_id}"): "what is published",
    ("GET", "/bulletins/{bulletin_id}/{kind}"): "what is published",
    ("GET", "/data"): "open data, no personal data",
    ("GET", "/data/catalog.jsonld"): "open data, no personal data",
    ("GET", "/data/{code}"): "open data, no personal data",
    ("GET", "/data/{code}/{name}"): "open data, no personal data",
    ("GET", "/language/{language}"): "sets a cookie of one's own",
    ("GET", "/theme/{theme}"): "sets a cookie of one's own",
    ("GET", "/login"): "tells nothing",
    ("GET", "/inspector/worker.js"): "tells nothing",
    ("GET", "/inspector/manifest.webmanifest"): "tells nothing",
    ("POST", "/login"): "password, throttled; token of the form",
    ("GET", "/healthz"): "tells nothing",
    ("GET", "/readyz"): "tells states only",
    ("GET", "/metrics"): "private addresses or token",
}
