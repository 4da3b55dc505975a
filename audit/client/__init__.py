"""How requests leave this machine: one HTTP client, paced, within bounds, the key kept out of sight."""
