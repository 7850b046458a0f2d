"""The shipped workbooks and the scripts that make them from graded data."""
