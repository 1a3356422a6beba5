"""The parts of the detectors: text, cues, packs, and one module per family of behaviours."""
