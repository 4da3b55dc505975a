"""Outputs of an audit: one Run in, text, JSON, Markdown or a page out."""
