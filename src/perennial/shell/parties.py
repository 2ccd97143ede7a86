"""Customers and partners, keys, users and what was changed."""

from __future__ import annotations

from perennial.shell.operations import Operation, many, number, text

_CUSTOMER = (
    text("contact_phone", "As in +49 711 5550173."),
    text("contact_extension", "Digits behind the number."),
    text("address_line2", "Second line of the address."),
    text("state_province", "Needed in some countries."),
    text("postal_code", "Needed in most countries."),
    text("managing_partner_id", "The reseller that manages it."),
)
_CUSTOMER_NEEDS = (
    *(("company_name", "The company."), ("contact_name", "Who is written to."), ("contact_email", "And where.")),
    *(("address_line1", "Street and number."), ("city", "The town."), ("country", "Two letters, as in DE.")),
)
_PARTNER = (
    text("tax_id", "Its tax number."),
    number("tax_rate_bp", "Its tax rate in hundredths of a percent."),
    text("tax_note", "Why that rate."),
    text("price_list", "The list that it buys from."),
    text("state", "enabled or disabled."),
)
_PARTNER_NEEDS = (("name", "Its name."), ("billing_contact_email", "Where invoices go."), ("country", "As in DE."))
_ROLES = "admin, technician, sales or billing; ops for the operator's."

OPERATIONS = (
    Operation(command="me", method="GET", path="/v1/me", help="Say who the key belongs to and what it may do."),
    Operation(
        command="customers list",
        method="GET",
        path="/v1/customers",
        help="List customers.",
        paged=True,
        members=(
            text("q", "Part of company, contact or e-mail address."),
            text("managing_partner_id", "Those of a reseller."),
            text("sort", "-created_at (newest first), company_name or -company_name."),
        ),
        columns=("id", "company_name", "contact_name", "contact_email", "country", "managing_partner_id"),
    ),
    Operation(
        command="customers show", method="GET", path="/v1/customers/{customer_id}", help="Show a customer's details."
    ),
    Operation(
        command="customers create",
        method="POST",
        path="/v1/customers",
        help="Create a customer.",
        members=(*(text(name, about, required=True) for name, about in _CUSTOMER_NEEDS), *_CUSTOMER),
    ),
    Operation(
        command="customers edit",
        method="PATCH",
        path="/v1/customers/{customer_id}",
        help="Change a customer's details, or who manages it.",
        if_match=True,
        members=(*(text(name, about) for name, about in _CUSTOMER_NEEDS), *_CUSTOMER),
    ),
    Operation(
        command="partners list",
        method="GET",
        path="/v1/partners",
        help="List oneself and the resellers below.",
        paged=True,
        columns=("id", "name", "kind", "state", "currency", "price_list", "billing_contact_email"),
    ),
    Operation(command="partners show", method="GET", path="/v1/partners/{partner_id}", help="Show a partner."),
    Operation(
        command="partners create",
        method="POST",
        path="/v1/partners",
        help="Create a reseller; for the operator: a distributor.",
        members=(
            *(text(name, about, required=True) for name, about in _PARTNER_NEEDS),
            *_PARTNER,
            text("kind", "distributor, which only the operator says."),
            text("currency", "A distributor's currency."),
        ),
    ),
    Operation(
        command="partners edit",
        method="PATCH",
        path="/v1/partners/{partner_id}",
        help="Change a partner, enable or disable a reseller.",
        members=(*(text(name, about) for name, about in _PARTNER_NEEDS), *_PARTNER),
    ),
    Operation(
        command="keys list",
        method="GET",
        path="/v1/api-keys",
        help="List API keys, revoked and expired ones too.",
        paged=True,
        columns=("id", "partner_id", "name", "prefix", "scopes", "expires_at", "last_used_at", "revoked_at"),
    ),
    Operation(
        command="keys show", method="GET", path="/v1/api-keys/{key_id}", help="Show an API key without its text."
    ),
    Operation(
        command="keys create",
        method="POST",
        path="/v1/api-keys",
        help="Create an API key; its text is shown once.",
        members=(
            many("scopes", "read, write, refund, admin or ops; repeat it.", option="scope", required=True),
            text("partner_id", "A reseller below; oneself unless said."),
            text("name", "What it is for."),
            text("expires_at", "The instant of its end, as in 2027-11-22T09:00:00Z."),
        ),
    ),
    Operation(command="keys revoke", method="DELETE", path="/v1/api-keys/{key_id}", help="Revoke an API key at once."),
    Operation(
        command="users list",
        method="GET",
        path="/v1/users",
        help="List users, disabled ones too.",
        paged=True,
        members=(
            text("partner_id", "Of a partner."),
            text("role", _ROLES),
            text("state", "enabled or disabled."),
            text("email", "With this whole address."),
        ),
        columns=("id", "partner_id", "email", "name", "role", "state", "password_set_at"),
    ),
    Operation(command="users show", method="GET", path="/v1/users/{user_id}", help="Show a user."),
    Operation(
        command="users create",
        method="POST",
        path="/v1/users",
        help="Create a user; the secret that sets its password is shown once.",
        members=(
            text("email", "Whom it belongs to.", required=True),
            text("name", "The person's name.", required=True),
            text("role", _ROLES, required=True),
            text("partner_id", "A reseller below; oneself unless said."),
        ),
    ),
    Operation(
        command="users edit",
        method="PATCH",
        path="/v1/users/{user_id}",
        help="Change a user's name or role, disable or enable it.",
        members=(
            text("name", "The person's name."),
            text("role", _ROLES),
            text("state", "enabled or disabled."),
        ),
    ),
    Operation(
        command="users setup-secret",
        method="POST",
        path="/v1/users/{user_id}/setup-secret",
        help="Give a user another secret to set a password with; it is shown once.",
    ),
    Operation(
        command="audit",
        method="GET",
        path="/v1/audit",
        help="List what was changed, by whom and in which request.",
        paged=True,
        members=(
            text("partner_id", "By whom: a partner."),
            text("actor", "By whom: a key or a user."),
            text("action", "As in partner.edit."),
            text("subject_id", "What was changed."),
        ),
        columns=("id", "at", "partner_id", "actor", "action", "subject_id", "request_id"),
    ),
)
