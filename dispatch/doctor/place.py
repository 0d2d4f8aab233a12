"""Is there room on the disk, a place for photos, and are the settings fit for use?"""

import shutil

from dispatch.doctor.findings import Finding, broken, doubtful, well
from dispatch.kit.config import settings
from dispatch.kit.errors import DomainError
from dispatch.kit.files import media

FREE_BYTES, FREE_SHARE = 1 << 30, 0.05
KEY_LENGTH = 32


def check_disk() -> Finding:
    """There is room for photos and backups."""
    folder = settings().var_dir.resolve()
    there = folder if folder.exists() else folder.parent
    usage = shutil.disk_usage(there)
    zh, en = (
        f"{usage.free / 1e9:.1f} GB 可用({there})",
        f"{usage.free / 1e9:.1f} GB free in {there}",
    )
    if usage.free < FREE_BYTES or usage.free < FREE_SHARE * usage.total:
        return broken(
            zh,
            en,
            do=(
                "清理磁盘,或把 DISPATCH_VAR_DIR 移到更大的盘",
                "free space, or move DISPATCH_VAR_DIR",
            ),
        )
    return well(zh, en)


def check_media() -> Finding:
    """Photos can be written, read and removed."""
    address = settings().media_address
    try:
        media().check()
    except (DomainError, OSError) as error:
        return broken(
            f"照片存储不可用({address}):{error}",
            f"the media store does not work ({address}): {error}",
            do=(
                "检查 DISPATCH_MEDIA_* 的地址、密钥和文件夹权限",
                "check the address, keys and folder rights in DISPATCH_MEDIA_*",
            ),
        )
    return well(address, address)


def check_settings() -> Finding:
    """The secrets are long enough and the session cookie is fit for the public address."""
    given = settings()
    if len(given.secret_key.get_secret_value()) < KEY_LENGTH:
        return broken(
            f"DISPATCH_SECRET_KEY 短于 {KEY_LENGTH} 个字符",
            f"DISPATCH_SECRET_KEY has fewer than {KEY_LENGTH} characters",
            do=("用 openssl rand -hex 32 生成一个", "make one with openssl rand -hex 32"),
        )
    if given.environment == "production" and not given.base_url.startswith("https://"):
        return doubtful(
            f"对外网址 {given.base_url} 没有 TLS",
            f"the public address {given.base_url} has no TLS",
            do=(
                "在前面放一个带证书的代理,并改 DISPATCH_BASE_URL",
                "put a proxy with a certificate before it and change DISPATCH_BASE_URL",
            ),
        )
    return well(given.environment, given.environment)
