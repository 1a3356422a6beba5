"""What happens when: one LangGraph workflow per journey, and the runtime that brings work forward."""
