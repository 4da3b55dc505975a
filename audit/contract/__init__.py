"""What was recorded, held against what is promised: cassettes, replay, and the suites that run on them."""
