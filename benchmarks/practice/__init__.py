"""What a turn costs late in a conversation: at turn 10, 100 and 400, beside LangGraph with its stock checkpointer."""
