"""Conductor as it is served, but for one rule: scenes go on for longer than forty turns, so that turn 400 exists.

python -m benchmarks.practice.long_scenes serve --port 8080
"""

from __future__ import annotations

import graphs.practice
from api.cli import main

if __name__ == "__main__":
    assert graphs.practice.most_turns("full") < 1000  # the rule that is lifted is where it is looked for
    graphs.practice.most_turns = lambda form: 1_000_000  # type: ignore[assignment]
    main()
