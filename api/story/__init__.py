"""The story of ``conductor demo``: the whole chain on real services, in an installation that is thrown away."""

from api.story.telling import tell

__all__ = ["tell"]
