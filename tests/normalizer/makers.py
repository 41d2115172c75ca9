"""What several tests of charts begin with."""

SESSION = """PROCEDURE: CT-guided cryoablation
DATE: 03/10/2020
ANESTHESIA: General.

TECHNIQUE:
Target 1: {one}, 2.2 x 1.9 cm. Two cryoprobes. Two freeze cycles of 10 minutes.
Target 2: {two}, 1.6 cm. One cryoprobe. Two freeze cycles of 8 minutes.

COMPLICATIONS: None.
"""
"""The report of a session of two targets, ``one`` and ``two``, on 10 March 2020."""
