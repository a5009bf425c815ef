"""One file per ERPNext DocType: guards, then one call into the engine."""
