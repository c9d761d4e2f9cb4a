"""What history says: past coalitions, read as scenarios with the record of what happened."""
