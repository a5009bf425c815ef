"""Tests on a real site: `bench run-tests --app loyalty_club`, or `make bench-test`."""
