"""All checks, in the order in which one thing depends on the next."""

from dispatch.doctor.figures import check_figures
from dispatch.doctor.findings import Check
from dispatch.doctor.place import check_disk, check_media, check_settings
from dispatch.doctor.servers import check_database, check_extensions, check_migrations, check_redis
from dispatch.doctor.work import check_jobs, check_outbox, check_process

CHECKS: dict[str, Check] = {
    "settings": check_settings,
    "database": check_database,
    "extensions": check_extensions,
    "migrations": check_migrations,
    "redis": check_redis,
    "outbox": check_outbox,
    "jobs": check_jobs,
    "relay": check_process("relay", "转发进程"),
    "clock": check_process("clock", "时钟进程"),
    "worker": check_process("worker", "工人进程"),
    "figures": check_figures,
    "disk": check_disk,
    "media": check_media,
}

#: What a check cannot do without.
NEEDS = {
    **dict.fromkeys(("extensions", "migrations"), "database"),
    **dict.fromkeys(("outbox", "jobs", "figures"), "migrations"),
    **dict.fromkeys(("relay", "clock", "worker"), "redis"),
}
