# The same wrapper and the same kind of path, in front of a service of one's own that caches coinglass.
import requests


def ask(path):
    return requests.get(f"https://cache.example.org{path}", timeout=9).json()


def summary():
    return ask("/api/futures/summary/list")
