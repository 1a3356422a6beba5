"""The process that plays one GGUF file: ``python -m agents.local_server``, started and ended by ``agents.local``.

It reads its order as one line of JSON from standard input, answers with one line, and ends when standard input does:
with whoever started it, however that came about. It is a process of its own because loading a model holds Python's
lock for as long as it takes, and because native code that fails takes its process along.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import urllib.request
from typing import Any

_BATCH = 512  # tokens of a prompt read at a time; between two of them a request can be given up
_CACHE_MIB = 512  # memory for the beginnings of conversations that gave way to others


def main() -> None:
    """Serve until standard input ends."""
    answers = _take_standard_output()
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to whole groups; replies under way may still be finished
        signal.signal(number, signal.SIG_IGN)
    order = json.loads(sys.stdin.readline())
    answer: dict[str, Any]
    try:
        server, answer = _serve(order)
    except ImportError as error:
        server, answer = None, {"failed": "import", "detail": str(error)}
    except Exception as error:  # native code tells only that it failed
        server, answer = None, {"failed": "load", "detail": type(error).__name__}
    with os.fdopen(answers, "w") as told:
        told.write(json.dumps(answer) + "\n")
    if server is not None:
        sys.stdin.read()
    os._exit(0)  # without the server's own farewell, which waits for clients to read what is left


def _serve(order: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path = order["path"]
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = 0
    wanted.api_keys = [order["key"]]
    wanted.cors_origins = ""  # no page of another site is let in
    wanted.ui = False
    wanted.n_parallel = order["slots"]
    wanted.kv_unified = True  # the slots share the context, so that one long request may have all of it
    wanted.n_ctx = order["context"]
    wanted.n_batch = _BATCH
    wanted.cache_ram_mib = _CACHE_MIB
    for threads in (wanted.cpuparams, wanted.cpuparams_batch):
        threads.n_threads = order["threads"]
        threads.poll = 0  # threads that wait for each other leave the core to the web server
    wanted.verbosity = -1  # its log may quote what was asked
    server = xllamacpp.Server(wanted)
    # Its work begins after it says that it is there; asking for the slots waits for that.
    key = {"Authorization": f"Bearer {order['key']}"}
    asked = urllib.request.Request(f"{server.listening_address}/slots", headers=key)  # noqa: S310
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(asked) as slots:
        slots.read()
    return server, {"address": server.listening_address}


def _take_standard_output() -> int:
    """Keep standard output for the one answer; what native code prints goes nowhere."""
    kept = os.dup(1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    return kept


if __name__ == "__main__":
    main()
