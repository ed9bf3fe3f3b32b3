"""The deployment gate: releases, the five signed steps, and what a live run in production must be."""
