"""An explanation put into words, in every language of the console, and into JSON for programs."""
