"""Tables against labels."""
