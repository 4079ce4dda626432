#include "settings.hpp"

extern "C" {
#include "utils/acl.h"
#include "utils/varlena.h"
}

namespace billing {

namespace {

char *trusted_text = nullptr;
char *organization_text = nullptr;
Trusted current;

bool parse_trusted(const char *text, Trusted &out) {
    out = Trusted{};
    if (text == nullptr || *text == '\0') {
        return true;
    }
    const auto uuid = pg::parse_uuid(text);
    if (!uuid) {
        return false;
    }
    out.organization = *uuid;
    out.is_set = true;
    return true;
}

bool check_trusted(char **value, void **, GucSource) {
    Trusted ignored;
    if (!parse_trusted(*value, ignored)) {
        GUC_check_errdetail("billing.trusted is set by billing.use_organization() alone.");
        return false;
    }
    return true;
}

// The check hook has accepted the text; nothing here can fail, as an assign hook must not.
void assign_trusted(const char *value, void *) {
    (void)parse_trusted(value, current);
}

bool check_organization(char **value, void **, GucSource) {
    if (**value != '\0' && !pg::parse_uuid(*value)) {
        GUC_check_errdetail("billing.organization_id is the uuid of an organization, or empty.");
        return false;
    }
    return true;
}

} // namespace

void define_settings() {
    DefineCustomStringVariable("billing.trusted", "The organization established for this session.",
                               "Set by pg_billing's own functions only.", &trusted_text, "",
                               PGC_SUSET,
                               GUC_NO_SHOW_ALL | GUC_DISALLOW_IN_FILE | GUC_SUPERUSER_ONLY,
                               check_trusted, assign_trusted, nullptr);
    DefineCustomStringVariable(
        "billing.organization_id", "The organization to work in, for trusted back ends.",
        "Honoured for superusers and members of billing_service; others are given theirs.",
        &organization_text, "", PGC_USERSET, 0, check_organization, nullptr, nullptr);
    MarkGUCPrefixReserved("billing");
}

const Trusted &trusted() {
    return current;
}

void set_trusted_organization(const pg::Uuid &organization, bool for_session) {
    const std::string text = organization.to_string();
    pg::call([t = text.c_str(), for_session] {
        (void)set_config_option("billing.trusted", t, PGC_SUSET, PGC_S_SESSION,
                                for_session ? GUC_ACTION_SET : GUC_ACTION_LOCAL, true, 0, false);
    });
}

bool outer_user_is(const char *role) {
    return pg::call([role] {
        const Oid user = GetOuterUserId();
        if (superuser_arg(user)) {
            return true;
        }
        const Oid wanted = get_role_oid(role, true);
        return OidIsValid(wanted) && has_privs_of_role(user, wanted);
    });
}

std::optional<pg::Uuid> chosen_organization() {
    if (current.is_set) {
        return current.organization;
    }
    if (organization_text == nullptr || *organization_text == '\0') {
        return std::nullopt;
    }
    if (!outer_user_is("billing_service")) {
        return std::nullopt;
    }
    return pg::parse_uuid(organization_text);
}

pg::Uuid current_organization() {
    const auto chosen = chosen_organization();
    if (!chosen) {
        throw pg::Error(pg::Code::organization_required, "no organization was chosen")
            .hint("Call billing.use_organization(id) in this transaction, or set "
                  "billing.organization_id as a superuser or member of billing_service.");
    }
    return *chosen;
}

} // namespace billing
