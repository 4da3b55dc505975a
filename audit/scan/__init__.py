"""Reads source code and documents, and says what of the API they rely on; nothing is executed."""
