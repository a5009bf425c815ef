"""What installing the app does, and uninstalling undoes."""
