"""What commands say about the installation they find."""

from __future__ import annotations

import pytest


def test_a_demo_without_history_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    from api.commands.serve import _announce as announce
    from api.settings import Settings

    for past in (False, True):
        announce(Settings(), "http://127.0.0.1:1", {}, 9, demo=True, past=past)
        told = " ".join(capsys.readouterr().out.split())
        assert ("This demo has no history" in told) is not past
        assert ("start `conductor serve --demo` without --no-history" in told) is not past
