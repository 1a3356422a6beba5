"""Tracing to an outside service: off unless a setting names a project, whatever the environment says."""

from __future__ import annotations

import os
import sys

_TRACING_SWITCHES = (
    "LANGCHAIN_TRACING",
    "LANGCHAIN_TRACING_V2",
    "LANGCHAIN_HANDLER",
    "LANGSMITH_TRACING",
    "LANGSMITH_TRACING_V2",
)


def configure_tracing(project: str | None) -> None:
    """Switch tracing to LangSmith on for a named project, and off for everything else that might have switched it on.

    LangChain traces whole conversations to an outside service as soon as an environment variable says so. Here only a
    setting may: call this once at start-up, before the first model is asked.

    Args:
        project: the project to trace to; None forbids tracing, whatever the environment says.
    """
    for name in _TRACING_SWITCHES:
        os.environ.pop(name, None)
    os.environ["LANGSMITH_TRACING"] = "true" if project else "false"
    if project:
        os.environ["LANGSMITH_PROJECT"] = project
    langsmith = sys.modules.get("langsmith.utils")
    if langsmith is not None:  # already imported: it remembers what it read
        langsmith.get_env_var.cache_clear()
