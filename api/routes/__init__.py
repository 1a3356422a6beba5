"""The HTTP API under ``/api/v1``, one module per desk. Routes translate; what happens is decided in ``graphs``."""
