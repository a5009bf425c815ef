"""The club's roles: what each is for."""

from __future__ import annotations

ROLES = {
	"Club Manager": "sets up programs, members and cards, sees every report",
	"Club Accountant": "sets scoring per group, adjusts balances, reconciles points with the books",
	"Club Cashier": "finds members, issues cards, lets customers join",
}
