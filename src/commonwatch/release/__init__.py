"""Who may know how much of it? The one gate."""
