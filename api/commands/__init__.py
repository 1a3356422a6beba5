"""The commands, one small module per group; each has ``add_to(app)``."""
