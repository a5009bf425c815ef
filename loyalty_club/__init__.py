"""A customer club for ERPNext. Importable without frappe."""

__version__ = "0.1.0"
