"""`mldevbench view`: a results folder as pages in a browser, from the whole sweep down to one tool call."""
