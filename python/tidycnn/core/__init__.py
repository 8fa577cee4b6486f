"""What every stage needs and no user sees."""
