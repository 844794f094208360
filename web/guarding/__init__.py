"""Who may ask for what, and how much? Keys, limits, hosts, headers and the right to write."""
