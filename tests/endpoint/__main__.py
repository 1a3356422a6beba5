"""An endpoint to run benchmarks against: ``python -m tests.endpoint --first-token-ms 300 --tokens 40 --token-ms 5``.

Without ``--tokens`` it plays the four agents, so that it can stand in for a model while one looks at the pages.
"""

from __future__ import annotations

import argparse
import contextlib
import threading

from tests.endpoint.answers import Text
from tests.endpoint.roles import play_roles
from tests.endpoint.server import Answering, Endpoint, Request


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.endpoint", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--first-token-ms", type=float, default=0)
    parser.add_argument("--token-ms", type=float, default=0)
    parser.add_argument("--tokens", type=int, help="stream this many tokens instead of playing the agents")
    parser.add_argument("--key", help="the only key accepted")
    given = parser.parse_args()

    def script(request: Request) -> Answering:
        answer = play_roles(request) if given.tokens is None else Text("", pieces=[" word"] * given.tokens)
        if isinstance(answer, Text):
            answer.first_token, answer.per_token = given.first_token_ms / 1000, given.token_ms / 1000
            answer.text = answer.text or " word" * (given.tokens or 0)
        return answer

    with Endpoint(script, key=given.key, port=given.port, keep_alive=True) as endpoint:
        print(endpoint.url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
