"""The cohort tables as others take them: FHIR R4, OMOP CDM 5.4, REDCap, SQL. Pure functions of a chart's tables; ``write`` does the files."""
