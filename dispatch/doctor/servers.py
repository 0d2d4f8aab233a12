"""Is the database there and as it should be, and is Redis?"""

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from dispatch.doctor.findings import Finding, broken, doubtful, well
from dispatch.kit import migrate
from dispatch.kit.db import engine
from dispatch.kit.redis import RedisError, client

OLDEST_POSTGRES, RECOMMENDED_POSTGRES = 14, 15
OLDEST_REDIS, RECOMMENDED_REDIS = (6, 0), (7, 0)
EXTENSIONS = ("postgis", "pg_trgm")


def check_database() -> Finding:
    """It answers, is new enough, and sorts and compares Chinese as UTF-8."""
    question = sa.text(
        "SELECT current_setting('server_version_num')::int / 10000, "
        "pg_encoding_to_char(encoding), datctype "
        "FROM pg_database WHERE datname = current_database()"
    )
    try:
        with engine().connect() as connection:
            version, encoding, ctype = connection.execute(question).one()
    except OperationalError as error:
        why = str(error.orig).strip().splitlines()[0]
        return broken(
            f"数据库连不上:{why}",
            f"the database cannot be reached: {why}",
            do=(
                "确认 PostgreSQL 正在运行,DATABASE_URL 的地址、用户和密码正确",
                "see that PostgreSQL runs and that DATABASE_URL has the right address, user and password",
            ),
        )
    if version < OLDEST_POSTGRES:
        return broken(
            f"PostgreSQL {version} 太旧",
            f"PostgreSQL {version} is too old",
            do=(
                f"升级到 {RECOMMENDED_POSTGRES} 或更新",
                f"upgrade to {RECOMMENDED_POSTGRES} or newer",
            ),
        )
    if encoding != "UTF8" or ctype in {"C", "POSIX"}:
        return broken(
            f"数据库编码为 {encoding}、字符类型为 {ctype},中文检索会失效",
            f"the database has encoding {encoding} and ctype {ctype}: Chinese text is not searched",
            do=(
                "用 ENCODING 'UTF8' LC_CTYPE 'C.UTF-8' 重新建库,再恢复备份",
                "create it anew with ENCODING 'UTF8' LC_CTYPE 'C.UTF-8' and restore the backup",
            ),
        )
    words = f"PostgreSQL {version}, {encoding}, {ctype}"
    if version < RECOMMENDED_POSTGRES:
        upgrade = (f"升级到 {RECOMMENDED_POSTGRES}", f"plan an upgrade to {RECOMMENDED_POSTGRES}")
        return doubtful(words, words, do=upgrade)
    return well(words, words)


def check_extensions() -> Finding:
    """PostGIS and the trigram search are in this database."""
    with engine().connect() as connection:
        rows = connection.execute(sa.text("SELECT extname, extversion FROM pg_extension")).all()
    found = {str(name): str(version) for name, version in rows}
    missing = [name for name in EXTENSIONS if name not in found]
    if missing:
        return broken(
            f"缺少扩展 {'、'.join(missing)}",
            f"extensions missing: {', '.join(missing)}",
            do=(
                "安装 postgresql-NN-postgis-3,以超级用户运行 CREATE EXTENSION,或运行 dispatch migrate",
                "install postgresql-NN-postgis-3; as a superuser run CREATE EXTENSION or dispatch migrate",
            ),
        )
    words = ", ".join(f"{name} {found[name]}" for name in EXTENSIONS)
    return well(words, words)


def check_migrations() -> Finding:
    """The tables have the shape that this version of the program expects."""
    head = ScriptDirectory.from_config(migrate.config()).get_current_head()
    with engine().connect() as connection:
        has_table = sa.inspect(connection).has_table("alembic_version")
        at = (
            connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
            if (has_table)
            else None
        )
    if at != head:
        return broken(
            f"数据库结构在 {at or '空'},程序需要 {head}",
            f"the database is at {at or 'nothing'}, the program needs {head}",
            do=("运行 dispatch migrate", "run dispatch migrate"),
        )
    return well(f"结构版本 {head}", f"at {head}")


def check_redis() -> Finding:
    """It answers, is new enough, and keeps its queues on disk."""
    try:
        server = client().info("server")
        kept = client().info("persistence").get("aof_enabled")
    except RedisError as error:
        return broken(
            f"Redis 连不上:{error}",
            f"Redis cannot be reached: {error}",
            do=(
                "确认 Redis 正在运行,REDIS_URL 正确;恢复前上报照常接收,派发会等待",
                "see that Redis runs and REDIS_URL is right; reports are taken meanwhile, deliveries wait",
            ),
        )
    version = str(server["redis_version"])
    numbers = tuple(int(part) for part in version.split(".")[:2])
    if numbers < OLDEST_REDIS:
        newest = ".".join(map(str, RECOMMENDED_REDIS))
        return broken(
            f"Redis {version} 太旧",
            f"Redis {version} is too old",
            do=(f"升级到 {newest} 或更新", f"upgrade to {newest} or newer"),
        )
    if not kept:
        return doubtful(
            f"Redis {version} 没有打开 append-only 文件,重启后排队的工作要重新发送",
            f"Redis {version} keeps no append-only file: after a restart, waiting jobs are sent again",
            do=("设置 appendonly yes", "set appendonly yes"),
        )
    if numbers < RECOMMENDED_REDIS:
        return doubtful(
            f"Redis {version}", f"Redis {version}", do=("计划升级到 7", "plan an upgrade to 7")
        )
    return well(f"Redis {version}, appendonly", f"Redis {version}, appendonly")
