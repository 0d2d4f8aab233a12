"""The deeds around people: log in, add and change users, passwords and tokens, working grids."""

from dispatch.people.commands.grids import (
    add_assignment,
    apply_due_assignments,
    assign_grids,
    end_assignment,
)
from dispatch.people.commands.login import (
    Opened,
    end_session,
    end_sessions,
    forget_ended_sessions,
    log_in,
    log_out,
    open_for,
)
from dispatch.people.commands.passwords import (
    change_own_password,
    give_token,
    reset_password,
    set_password,
)
from dispatch.people.commands.users import (
    UserChange,
    activate,
    add_user,
    check_details,
    check_username,
    deactivate,
    edit_user,
    locked_user,
    named_user,
    subject_of,
)

__all__ = [
    "Opened",
    "UserChange",
    "activate",
    "add_assignment",
    "add_user",
    "apply_due_assignments",
    "assign_grids",
    "change_own_password",
    "check_details",
    "check_username",
    "deactivate",
    "edit_user",
    "end_assignment",
    "end_session",
    "end_sessions",
    "forget_ended_sessions",
    "give_token",
    "locked_user",
    "log_in",
    "log_out",
    "named_user",
    "open_for",
    "reset_password",
    "set_password",
    "subject_of",
]
