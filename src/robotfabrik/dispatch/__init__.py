"""Which machine runs which job, and when."""
