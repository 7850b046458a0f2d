"""What people take away: the plan as a workbook, in words, on a terminal."""
