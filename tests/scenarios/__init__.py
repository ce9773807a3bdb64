"""One scenario for each standard that the product measures: a timeline that a newcomer can read, and its figures, worked out by hand."""
