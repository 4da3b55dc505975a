"""What an API promises: the files under specs/ as frozen facts, and the rules that follow from them."""
