"""The deeds of intake: take a report in, and take it as far as policy allows."""

from dispatch.intake.commands.receive import receive
from dispatch.intake.commands.triage import dispatch_by_rule, triage

__all__ = ["dispatch_by_rule", "receive", "triage"]
