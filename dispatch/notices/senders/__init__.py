"""Ways out of the house: one sender a way, as the settings choose; none where nothing is configured."""

from functools import lru_cache

from dispatch.intake.channels.wechat.client import client
from dispatch.kit.config import Settings, settings
from dispatch.notices.events import Way
from dispatch.notices.senders.base import Outcome, Sender, Sending, Verdict
from dispatch.notices.senders.console import ConsoleSender
from dispatch.notices.senders.http_sms import HttpSmsSender
from dispatch.notices.senders.robots import RobotSender
from dispatch.notices.senders.wechat import WechatMessageSender, WechatTemplateSender

__all__ = ["Outcome", "Sender", "Sending", "Verdict", "sender_for"]

CONSOLE, HTTP, WECHAT = "console", "http", "wechat"


@lru_cache
def sender_for(way: Way) -> Sender | None:
    """The sender of this process for a way; None: the installation has none for it."""
    given = settings()
    if way is Way.ROBOT:
        return RobotSender()
    if way is Way.SMS:
        return _sms(given)
    if way in (Way.WECHAT_MESSAGE, Way.WECHAT_TEMPLATE):
        return _wechat(given, way)
    return None


def _sms(given: Settings) -> Sender | None:
    chosen = given.sms_provider or (HTTP if given.sms_url else _otherwise(given))
    if chosen == HTTP and given.sms_url:
        return HttpSmsSender(
            url=given.sms_url,
            key_id=given.sms_key_id,
            secret=given.sms_secret.get_secret_value(),
            signature=given.sms_signature,
        )
    return ConsoleSender(Way.SMS, signature=given.sms_signature) if chosen == CONSOLE else None


def _wechat(given: Settings, way: Way) -> Sender | None:
    has_account = bool(given.wechat_app_id and given.wechat_app_secret.get_secret_value())
    chosen = given.wechat_sender or (WECHAT if has_account else _otherwise(given))
    if chosen == WECHAT and has_account:
        made = WechatMessageSender if way is Way.WECHAT_MESSAGE else WechatTemplateSender
        return made(client())
    return ConsoleSender(way) if chosen == CONSOLE else None


def _otherwise(given: Settings) -> str:
    """Where nothing is set: the log while developing; in production nobody is told that it was sent."""
    return "" if given.environment == "production" else CONSOLE
