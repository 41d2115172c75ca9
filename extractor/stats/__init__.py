"""Statistics of a study, one module a method. Pure functions of numbers: nothing here knows of charts, files or the command line.

Every interval is 95 % and two-sided. What cannot be estimated is an ``Estimate`` without value whose ``note`` says why; nothing here warns or prints.
"""
