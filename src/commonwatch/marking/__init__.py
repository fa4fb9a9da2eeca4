"""Confidentiality labels as other systems read them: NATO ADatP-4774 and 4778, XML and COSE."""
