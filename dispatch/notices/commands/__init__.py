"""The deeds of notices: plan, send, answer a follower, try again, and what each person does with their bell."""

from dispatch.notices.commands.bell import mark_read, open_notice, set_preferences
from dispatch.notices.commands.deliver import BATCH, Attempt, finish_attempts, hand_back, take_due
from dispatch.notices.commands.editing import (
    ChannelChange,
    Draft,
    RuleChange,
    TemplateKey,
    check_draft,
    check_key,
    save_channel,
    save_rule,
    save_template,
    subject_of,
)
from dispatch.notices.commands.keeping import (
    forget_old_notices,
    opt_in,
    opt_out,
    opt_out_known,
    resend,
    resend_dead,
)
from dispatch.notices.commands.messages import send_customer_message
from dispatch.notices.commands.plan import plan_events
from dispatch.notices.commands.robots import RobotChange, remove_robot, save_robot
from dispatch.notices.commands.uplink import opt_out_by_hand, take_back

__all__ = [
    "BATCH",
    "Attempt",
    "ChannelChange",
    "Draft",
    "RobotChange",
    "RuleChange",
    "TemplateKey",
    "check_draft",
    "check_key",
    "finish_attempts",
    "forget_old_notices",
    "hand_back",
    "mark_read",
    "open_notice",
    "opt_in",
    "opt_out",
    "opt_out_by_hand",
    "opt_out_known",
    "plan_events",
    "remove_robot",
    "resend",
    "resend_dead",
    "save_channel",
    "save_robot",
    "save_rule",
    "save_template",
    "send_customer_message",
    "set_preferences",
    "subject_of",
    "take_back",
    "take_due",
]
