"""The figures of the page: inline SVG by matplotlib, coloured by the page's style sheet, each with its numbers as a table."""
