"""What the problem engine reads and writes: the loop that feeds it and makes true what it found."""
