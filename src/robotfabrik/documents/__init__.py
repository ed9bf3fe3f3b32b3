"""Documents for people: the reports of a run, and the PDD as a document."""
