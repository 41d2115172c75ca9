"""Where notes live besides tables and text files: FHIR, HL7 v2, C-CDA, OMOP. Each module yields rows of fields, a bad item only its reason."""
