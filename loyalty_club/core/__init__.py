"""The rules of the club: pure Python. See README.md beside this file."""
