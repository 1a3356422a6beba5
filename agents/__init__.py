"""Who speaks: one folder per agent, with a model player and an offline player. Nobody above knows which one plays."""
