"""The official account that this installation answers for, as the settings name it."""

from dataclasses import dataclass

from dispatch.intake.channels.wechat.crypto import Cipher, cipher_of
from dispatch.kit.config import Settings
from dispatch.kit.errors import Unavailable


@dataclass(frozen=True)
class Account:
    """`ciphers`: the present key first, then the one before it; none means plain mode only."""

    app_id: str
    token: str
    ciphers: tuple[Cipher, ...]
    encrypted_only: bool


def not_configured(zh: str, en: str) -> Unavailable:
    """The refusal when a setting is missing or no good; says which."""
    return Unavailable("not_configured", f"微信通道尚未配置:{zh}", f"No WeChat channel here: {en}")


def _cipher(name: str, key: str, app_id: str) -> Cipher:
    try:
        return cipher_of(key, app_id=app_id)
    except ValueError as error:
        raise not_configured(
            f"{name} 应为公众平台上的 43 位 EncodingAESKey",
            f"{name} must be the 43 characters of the EncodingAESKey",
        ) from error


def account(given: Settings) -> Account:
    """The account of the settings; Unavailable when there is none."""
    token = given.wechat_token.get_secret_value()
    if not token or not given.wechat_app_id:
        raise not_configured(
            "请设置 DISPATCH_WECHAT_TOKEN 与 DISPATCH_WECHAT_APP_ID",
            "set DISPATCH_WECHAT_TOKEN and DISPATCH_WECHAT_APP_ID",
        )
    keys = (
        ("DISPATCH_WECHAT_ENCODING_AES_KEY", given.wechat_encoding_aes_key.get_secret_value()),
        ("DISPATCH_WECHAT_PREVIOUS_AES_KEY", given.wechat_previous_aes_key.get_secret_value()),
    )
    return Account(
        app_id=given.wechat_app_id,
        token=token,
        ciphers=tuple(_cipher(name, key, given.wechat_app_id) for name, key in keys if key),
        encrypted_only=given.wechat_encrypted_only,
    )
