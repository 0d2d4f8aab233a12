"""The deeds: everything that changes a case."""

from dispatch.cases.commands.act import act, find_case, perform
from dispatch.cases.commands.due import mark_due, resume_due
from dispatch.cases.commands.once import act_once
from dispatch.cases.commands.rate import rate_report
from dispatch.cases.commands.reveal import reveal_reporters

__all__ = [
    "act",
    "act_once",
    "find_case",
    "mark_due",
    "perform",
    "rate_report",
    "resume_due",
    "reveal_reporters",
]
