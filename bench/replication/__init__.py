"""A simulated cohort of the published study's size: drawn (``cohort``), written as charts (``charts``) from a bank of passages (``bank``),
abstracted and counted against its own truth (``measure``). Nothing here is a patient's.
"""
