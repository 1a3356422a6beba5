"""Who may decide what: checkpoints, policies, the audit chain. Pure."""
