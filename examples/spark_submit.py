"""The command line as a script for ``spark-submit`` (docs/spark.md): ``spark-submit spark_submit.py extract NOTES --out OUT --engine spark``."""

from extractor.cli import main

main()
