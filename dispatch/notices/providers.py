"""Which provider the settings choose for a way out, known without carrying its client."""

from dispatch.kit.config import Settings, settings
from dispatch.notices.events import Way

CONSOLE, HTTP, ROBOT, WECHAT = "console", "http", "robot", "wechat"


def provider_of(way: Way) -> str | None:
    """The name of the provider of this installation for a way; None: it has none."""
    given = settings()
    if way is Way.ROBOT:
        return ROBOT
    if way is Way.SMS:
        return _sms(given)
    if way in (Way.WECHAT_MESSAGE, Way.WECHAT_TEMPLATE):
        return _wechat(given)
    return None


def _sms(given: Settings) -> str | None:
    chosen = given.sms_provider or (HTTP if given.sms_url else _otherwise(given))
    return chosen if chosen == CONSOLE or (chosen == HTTP and given.sms_url) else None


def _wechat(given: Settings) -> str | None:
    has_account = bool(given.wechat_app_id and given.wechat_app_secret.get_secret_value())
    chosen = given.wechat_sender or (WECHAT if has_account else _otherwise(given))
    return chosen if chosen == CONSOLE or (chosen == WECHAT and has_account) else None


def _otherwise(given: Settings) -> str:
    """Where nothing is set: the log while developing; in production nobody is told that it was sent."""
    return "" if given.environment == "production" else CONSOLE
