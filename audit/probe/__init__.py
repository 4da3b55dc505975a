"""Asks every operation of a description, at the key's own pace, and says what came back."""
