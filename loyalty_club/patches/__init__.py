"""What a migration changes once; listed in patches.txt."""
