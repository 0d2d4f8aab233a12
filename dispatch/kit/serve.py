"""`dispatch web`: the web processes, the way this platform wants them run.

`python -m dispatch.kit.serve` is the same without the memory that the other commands take.
"""

from typing import Annotated

import typer
import uvicorn

from dispatch.kit.terminal import refuse

APP = "dispatch.main:app"
#: Seconds that open requests have to end once the server is told to stop.
GRACE = 15
#: Seconds in which a process must show that it lives; starting up on a busy machine takes some.
HEALTHCHECK = 60


def web(
    *,
    host: Annotated[str, typer.Option(help="监听地址 / address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="端口 / port")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="进程数 / processes")] = 2,
    uds: Annotated[str, typer.Option(help="改用 Unix 套接字 / a Unix socket instead")] = "",
    fd: Annotated[
        int | None,
        typer.Option(
            envvar="DISPATCH_WEB_FD",
            help="改用已打开的套接字 / an open socket, held by a supervisor",
        ),
    ] = None,
) -> None:
    """运行网站和接口 / serve pages and API until told to stop."""
    try:
        uvicorn.run(
            APP,
            host=host,
            port=port,
            uds=uds or None,
            fd=fd,
            workers=workers if fd is None else 1,  # whoever holds the socket counts the processes
            proxy_headers=False,  # the platform reads them itself, from trusted proxies only
            server_header=False,
            access_log=False,  # measured instead, see /metrics
            log_config=None,
            timeout_graceful_shutdown=GRACE,
            timeout_worker_healthcheck=HEALTHCHECK,
        )
    except OSError as error:
        raise refuse(f"无法监听 {host}:{port}:{error}", f"Cannot listen: {error}") from error


if __name__ == "__main__":
    typer.run(web)
