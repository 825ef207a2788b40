"""What the program does: rules without Qt and without SQL."""
