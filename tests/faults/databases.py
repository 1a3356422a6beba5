"""Databases of a test's own on the PostgreSQL server of the session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from evidence.ids import new_id


@contextmanager
def on_postgresql(server: str, template: str = "template_conductor") -> Iterator[str]:
    """The address of a copy of a template, which has no rows unless another is named; dropped at the end."""
    name = f"conductor_{new_id().replace('-', '')}"
    with psycopg.connect(server, autocommit=True) as connection:
        # Copying files is quicker than writing every page of the template into the log.
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
