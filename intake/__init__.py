"""From the first contact with a citizen to the closing of the file."""
