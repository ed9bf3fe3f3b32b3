"""What a run leaves and shows: its folder, its logs, its evidence, the line on the terminal."""
