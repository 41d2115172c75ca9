"""Commands in files of their own: each parses, calls one library function, prints. ``extractor.cli`` registers them."""
