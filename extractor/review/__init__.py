"""Chart review: a person reads the notes beside the tables, decides cell by cell, and every decision is kept.

journal (append only) --replay--> decisions of a chart + its tables as read --> reviewed chart --> page, labels, corrected tables
"""
