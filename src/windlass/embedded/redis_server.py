"""A Redis-compatible server in memory: `python -m windlass.embedded.redis_server PORT`.

What is written to it is gone when the platform stops; the platform says so when it starts.
"""

import sys
from collections.abc import Sequence

from fakeredis import TcpFakeServer

from windlass.embedded.addresses import HOST


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM."""
    TcpFakeServer.daemon_threads = True
    with TcpFakeServer((HOST, int(arguments[0])), server_type="redis") as server:
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
