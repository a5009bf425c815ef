"""From a document to the ledger: load, ask the core, write. One direction, one transaction."""
