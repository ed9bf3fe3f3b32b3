"""The service behind `schedule.yaml`: what is due, what becomes of it, and whether somebody looks."""
