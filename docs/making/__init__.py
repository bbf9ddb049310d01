"""What the site's pages take from the code: commands, names, schemas, lessons."""
