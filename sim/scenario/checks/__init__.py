"""What must hold in a scenario: of single fields, of the names it uses, of its numbers together."""
