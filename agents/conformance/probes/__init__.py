"""The probes, one question each; ``agents.conformance.registry`` puts them in order."""
