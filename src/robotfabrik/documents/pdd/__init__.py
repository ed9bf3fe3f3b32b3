"""The PDD as a document for people: one model, made from the process, and a writer for each format."""
