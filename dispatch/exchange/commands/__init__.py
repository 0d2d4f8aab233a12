"""The deeds of exchange: deliver, send, try again, set up, clear away."""

from dispatch.exchange.commands.couriers import (
    Attempt,
    finish_attempt,
    release_courier,
    take_next,
)
from dispatch.exchange.commands.deliver import deliver_assignments
from dispatch.exchange.commands.drop import drop
from dispatch.exchange.commands.endpoint import EndpointChange, set_endpoint, trial_message
from dispatch.exchange.commands.resend import (
    forget_done_events,
    resend,
    resend_dead,
    resend_events,
)

__all__ = [
    "Attempt",
    "EndpointChange",
    "deliver_assignments",
    "drop",
    "finish_attempt",
    "forget_done_events",
    "release_courier",
    "resend",
    "resend_dead",
    "resend_events",
    "set_endpoint",
    "take_next",
    "trial_message",
]
