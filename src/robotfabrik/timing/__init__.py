"""When something is due: Swedish days, calendars, and the fires of triggers. Pure; asks no clock."""
