"""From cohort tables and a study file to the figures of a paper: ``compose`` computes, ``write`` sets them on a page and into files.

Statistics are in ``extractor.stats``; here they meet the study's definitions. Every figure carries the rows it rests on (``content.Cell.rows``).
"""
