"""The summary in words, as a page, with a small chart."""
