// Frappe 15.105 shows whole Floats without their last thousands: it takes the comma of "500,000,000" for a decimal
// point and strips ",000" as zeros after it. Where a trial shows that defect, whole numbers are written without
// decimals here; everything else is left to Frappe.

(() => {
	const formatters = frappe.form && frappe.form.formatters;
	if (!formatters || !formatters.Float) return;
	const whole = format_number(1000, null, 0);
	if (cstr(formatters.Float(1000, { fieldtype: "Float" }, { inline: 1 })).includes(whole)) return;

	const original = formatters.Float;
	formatters.Float = (value, docfield, options, doc) => {
		const in_currency = docfield && docfield.options && docfield.options.trim();
		const shown = !in_currency && !(options || {}).always_show_decimals && value !== null && value !== "";
		return shown && Number.isInteger(Number(value))
			? formatters._right(format_number(value, null, 0), options)
			: original(value, docfield, options, doc);
	};
})();
