"""The sender for a way out, as the settings choose; none where nothing is configured."""

from functools import lru_cache

from dispatch.intake.channels.wechat.client import client
from dispatch.kit.config import settings
from dispatch.notices import providers
from dispatch.notices.events import Way
from dispatch.notices.providers import provider_of
from dispatch.notices.senders.base import Sender
from dispatch.notices.senders.console import ConsoleSender
from dispatch.notices.senders.http_sms import HttpSmsSender
from dispatch.notices.senders.robots import RobotSender
from dispatch.notices.senders.wechat import WechatMessageSender, WechatTemplateSender


@lru_cache
def sender_for(way: Way) -> Sender | None:
    """The sender of this process for a way; None: the installation has none for it."""
    match provider_of(way):
        case providers.CONSOLE:
            return ConsoleSender(way, signature=settings().sms_signature if way is Way.SMS else "")
        case providers.HTTP:
            given = settings()
            return HttpSmsSender(
                url=given.sms_url,
                key_id=given.sms_key_id,
                secret=given.sms_secret.get_secret_value(),
                signature=given.sms_signature,
            )
        case providers.ROBOT:
            return RobotSender()
        case providers.WECHAT:
            made = WechatMessageSender if way is Way.WECHAT_MESSAGE else WechatTemplateSender
            return made(client())
        case _:
            return None
