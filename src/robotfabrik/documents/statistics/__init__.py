"""Statistics as people read them: a page and a workbook, drawn from one view."""
