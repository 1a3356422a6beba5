"""What a scenario and a practice are: content models, behaviour detectors, reveal rules, debrief arithmetic. Pure."""
