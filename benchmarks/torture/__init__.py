"""What an installation bears: killed, raced, torn from its database, out of room, with a clock that is wrong.

    python -m benchmarks.torture                       # everything, an hour or two
    python -m benchmarks.torture --only kills races --kills 20 --decisions 200 --duplicates 200

Everything goes over HTTP to ``conductor serve`` processes on this machine, on SQLite and on a PostgreSQL server of its
own. People behave as people do: they wait for what they ordered, decide on what they see, and send again what was not
answered, under the same ``Idempotency-Key``. Afterwards the database is read without the application, and everything
that was acknowledged is looked for in it, once.
"""
