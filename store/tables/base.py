"""What every table shares: the metadata with its naming, and the sizes and classes of columns."""

from __future__ import annotations

from sqlalchemy import MetaData, String

from store.purpose import Purpose
from store.types import DataClass

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(36)
HASH = String(64)
WHO = (Purpose.ACCOUNTABILITY.value, Purpose.ADMINISTRATION.value, Purpose.SIGN_IN.value)
OWN = (Purpose.OWN_PRACTICE.value, Purpose.PLAY_SCENE.value)
SHARED = (Purpose.OWN_PRACTICE.value, Purpose.CONTESTED_LINE.value)
COUNTED = (Purpose.OWN_PRACTICE.value, Purpose.TRANSFER.value)
SECRET = DataClass.CONFIDENTIAL
