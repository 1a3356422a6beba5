"""Language packs: what the detectors know about each language, as data."""
