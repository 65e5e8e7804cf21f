"""Reports: what became of chosen services over a span, made in the background, as JSON, CSV and PDF."""
