"""What drives a behaviour at work, and whether practice reached it: questions, plans, forecasts, safe counts."""
