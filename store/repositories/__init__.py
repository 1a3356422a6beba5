"""All queries, one module per subject. A repository works inside one unit of work and never commits."""
