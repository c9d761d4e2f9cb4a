"""From the text of scenario files to one checked tree, with the place of every value."""
