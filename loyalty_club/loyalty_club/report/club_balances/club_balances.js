frappe.query_reports["Club Balances"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("By"),
			fieldtype: "Select",
			default: "Member",
			reqd: 1,
			options: [
				{ value: "Member", label: __("Member") },
				{ value: "Tier", label: __("Tier") },
				{ value: "Customer Group", label: __("Customer Group") },
				{ value: "Company", label: __("Company") },
			],
		},
		{ fieldname: "program", label: __("Club Program"), fieldtype: "Link", options: "Club Program" },
		{ fieldname: "company", label: __("Company"), fieldtype: "Link", options: "Company" },
		{ fieldname: "branch", label: __("Branch", null, "Loyalty Club"), fieldtype: "Link", options: "Branch" },
		{ fieldname: "tier", label: __("Tier"), fieldtype: "Data" },
		{
			fieldname: "customer_group",
			label: __("Customer Group"),
			fieldtype: "Link",
			options: "Customer Group",
		},
	],
};
