"""How results and summaries are packed into blobs: pure functions, no database.

The formats are written down at the top of `section.py`, `integers.py`, `results.py` and `summaries.py`. A blob begins
with the number of its format, so that later ones can be told apart; what was written once must be read for ever.
"""
