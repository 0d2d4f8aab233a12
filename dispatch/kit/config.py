"""Settings: what differs from one installation to the next, read from the environment and nowhere else."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything an operator sets. `DATABASE_URL` and `REDIS_URL` carry no prefix, the rest `DISPATCH_`."""

    model_config = SettingsConfigDict(env_prefix="DISPATCH_", extra="ignore")

    database_url: str = Field(
        default="postgresql+psycopg:///dispatch", validation_alias="DATABASE_URL"
    )
    redis_url: str = Field(default="redis://127.0.0.1:6379/0", validation_alias="REDIS_URL")
    secret_key: SecretStr = Field(description="signs nothing by itself; derives keys for tokens")
    base_url: str = Field(default="http://127.0.0.1:8000", description="public address, no slash")
    environment: str = Field(default="production", description="production, development or test")
    cookie_secure: bool = Field(default=True, description="false only without TLS on one machine")
    number_prefix: str = Field(default="柳数管", max_length=16)
    database_pool_size: int = Field(default=20, ge=2)
    web_threads: int = Field(default=20, ge=2, description="threads that run handlers, per process")
    media_url: str = Field(
        default="", description="s3://bucket/prefix or file:///folder; empty: var/media"
    )
    media_s3_endpoint: str = ""
    media_s3_region: str = "us-east-1"
    media_s3_access_key: SecretStr = SecretStr("")
    media_s3_secret_key: SecretStr = SecretStr("")
    trusted_proxies: str = Field(default="", description="comma-separated networks")
    rate_exempt: str = Field(default="", description="comma-separated networks without rate limits")
    rate_limits: dict[str, int] = Field(
        default_factory=dict, description='requests a minute by door, as JSON: {"reports": 30}'
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""), description="opens /metrics from other than private addresses"
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
    session_hours: int = Field(default=12, ge=1)
    wechat_token: SecretStr = Field(default=SecretStr(""), description="empty: no WeChat channel")
    wechat_app_id: str = ""
    wechat_app_secret: SecretStr = Field(default=SecretStr(""), description="to fetch photos")
    wechat_encoding_aes_key: SecretStr = Field(default=SecretStr(""), description="safe mode")
    wechat_previous_aes_key: SecretStr = Field(default=SecretStr(""), description="while changing")
    wechat_encrypted_only: bool = Field(default=False, description="refuse messages in plain mode")
    wechat_api_base: str = "https://api.weixin.qq.com"
    wechat_sender: Literal["", "console", "wechat"] = Field(
        default="", description="empty: WeChat where the account has a secret"
    )
    sms_provider: Literal["", "console", "http"] = Field(
        default="", description="empty: the gateway of sms_url; in development the log"
    )
    sms_url: str = Field(default="", description="the gateway; see docs/notices.md")
    sms_key_id: str = ""
    sms_secret: SecretStr = SecretStr("")
    sms_signature: str = Field(
        default="柳州数字城管", max_length=16, description="【…】 before SMS"
    )
    camera_keys: SecretStr = Field(
        default=SecretStr(""), description='{"generic": ["current key", "previous key"], …}'
    )
    camera_picture_hosts: str = Field(
        default="", description="comma-separated hosts that alarm pictures may be fetched from"
    )
    webhook_networks: str = Field(
        default="", description="comma-separated private networks that webhooks may reach"
    )
    base_map: str = Field(
        default="",
        description="the city's own base map as JSON, see docs/operating.md; empty: none",
    )
    var_dir: Path = Path("var")

    @property
    def sqlalchemy_url(self) -> str:
        """The database address with the psycopg 3 driver named, whatever form was given."""
        for plain in ("postgres://", "postgresql://"):
            if self.database_url.startswith(plain):
                return "postgresql+psycopg://" + self.database_url.removeprefix(plain)
        return self.database_url

    @property
    def media_address(self) -> str:
        """Where photos live: the address given, or the folder under `var_dir`."""
        return self.media_url or (self.var_dir.resolve() / "media").as_uri()


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
