"""What the answer is worth: verified, explained, compared."""
