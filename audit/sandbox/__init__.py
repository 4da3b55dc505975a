"""A stand-in for the API on loopback: answers from the description alone, gates and faults included."""
