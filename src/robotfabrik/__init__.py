"""robotfabrik runs office robots from YAML process definition documents (PDDs)."""

__version__ = "0.1.0"
