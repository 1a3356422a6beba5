"""``conductor`` with a clock that is wrong by ``TORTURE_CLOCK_SECONDS``."""

from __future__ import annotations

import os
from datetime import timedelta

from store.clock import Clock

Clock.__init__.__defaults__ = (timedelta(seconds=float(os.environ["TORTURE_CLOCK_SECONDS"])),)

if __name__ == "__main__":
    from api.cli import main

    main()
