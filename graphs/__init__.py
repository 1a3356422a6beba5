"""What happens when: one LangGraph workflow per journey, and the runtime that brings work forward."""

import os

# Before LangGraph is imported by anything below: by default its checkpoints unpack arbitrary types.
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
