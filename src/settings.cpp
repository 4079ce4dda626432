#include "settings.hpp"

extern "C" {
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/syscache.h"
#include "utils/varlena.h"
}

namespace billing {

namespace {

char *trusted_text = nullptr;
char *organization_text = nullptr;
std::optional<pg::Uuid> named; // what organization_text says
bool log_every_request = false;
int slow_ms = 1000;
Trusted current;

constexpr std::string_view kKinds = "saku"; // in the order of CallerKind

// Takes the next word of a text away.
std::string_view next_word(std::string_view &text) {
    const size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return word;
}

bool parse_request(std::string_view rest, Trusted &out) {
    const std::string_view kind = next_word(rest);
    const std::string_view scopes = next_word(rest);
    const size_t place = kind.size() == 1 ? kKinds.find(kind[0]) : std::string_view::npos;
    if (place == std::string_view::npos || scopes.size() != 1 || scopes[0] < '@') {
        return false;
    }
    out.kind = static_cast<CallerKind>(place);
    out.scopes = static_cast<uint8_t>(scopes[0] - '@') & pg::kAllScopes;
    if (out.kind == CallerKind::user) {
        if (rest.empty() || rest.size() > Trusted::kMaxUser) {
            return false;
        }
        *std::copy(rest.begin(), rest.end(), out.user.begin()) = '\0';
        return true;
    }
    const auto key = pg::parse_uuid(rest);
    out.key = key.value_or(pg::Uuid{});
    return key.has_value() == (out.kind == CallerKind::key);
}

bool parse_trusted(const char *text, Trusted &out) {
    out = Trusted{};
    std::string_view rest = text != nullptr ? text : "";
    if (rest.empty()) {
        return true;
    }
    const std::string_view organization = next_word(rest);
    out.organization = pg::parse_uuid(organization);
    if (!out.organization && organization != "-") {
        return false;
    }
    return rest.empty() ? out.organization.has_value() : parse_request(rest, out);
}

bool check_trusted(char **value, void **, GucSource) {
    Trusted ignored;
    if (!parse_trusted(*value, ignored)) {
        GUC_check_errdetail("billing.trusted is set by pg_billing's own functions alone.");
        return false;
    }
    return true;
}

// The check hook has accepted the text; nothing here can fail, as an assign hook must not.
void assign_trusted(const char *value, void *) {
    (void)parse_trusted(value, current);
    pg::set_caller({current.kind != CallerKind::service, current.scopes});
}

bool check_organization(char **value, void **, GucSource) {
    if (**value != '\0' && !pg::parse_uuid(*value)) {
        GUC_check_errdetail("billing.organization_id is the uuid of an organization, or empty.");
        return false;
    }
    return true;
}

void assign_organization(const char *value, void *) {
    named = value != nullptr ? pg::parse_uuid(value) : std::nullopt;
}

// The user who was last asked about, until the server says that roles changed: a policy asks for
// every row.
struct Known {
    Oid user = InvalidOid;
    bool may_choose = false;
};
Known known;
bool registered = false;

void forget_known(Datum, int, uint32) {
    known.user = InvalidOid;
}

// Whether the outer user may choose an organization by the setting.
bool may_choose() {
    if (known.user != GetOuterUserId() || known.user == InvalidOid) {
        if (!registered) {
            pg::call([] {
                CacheRegisterSyscacheCallback(AUTHOID, forget_known, Datum(0));
                CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, forget_known, Datum(0));
            });
            registered = true;
        }
        const Oid user = GetOuterUserId();
        const bool may = outer_user_is("billing_service");
        known = {user, may};
    }
    return known.may_choose;
}

void set_trusted(const std::string &text, bool for_session) {
    pg::call([t = text.c_str(), for_session] {
        (void)set_config_option("billing.trusted", t, PGC_SUSET, PGC_S_SESSION,
                                for_session ? GUC_ACTION_SET : GUC_ACTION_LOCAL, true, 0, false);
    });
}

} // namespace

void define_settings() {
    DefineCustomStringVariable(
        "billing.trusted", "Whom this session works for, as established.",
        "Set by pg_billing's own functions only.", &trusted_text, "", PGC_SUSET,
        GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE | GUC_SUPERUSER_ONLY,
        check_trusted, assign_trusted, nullptr);
    DefineCustomStringVariable(
        "billing.organization_id", "The organization to work in, for trusted back ends.",
        "Honoured for superusers and members of billing_service; others are given theirs.",
        &organization_text, "", PGC_USERSET, 0, check_organization, assign_organization, nullptr);
    DefineCustomBoolVariable("billing.log_requests", "Log a line for every request.",
                             "A request is a transaction that calls billing.pre_request().",
                             &log_every_request, false, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("billing.slow_request_ms", "Log requests that take as long.",
                            "-1 logs none for its duration.", &slow_ms, 1000, -1, INT_MAX,
                            PGC_SUSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    MarkGUCPrefixReserved("billing");
}

const Trusted &trusted() {
    return current;
}

void set_trusted_organization(const pg::Uuid &organization, bool for_session) {
    set_trusted(organization.to_string(), for_session);
}

void set_trusted_request(const Trusted &request) {
    std::string text = request.organization ? request.organization->to_string() : "-";
    text += ' ';
    text += kKinds[static_cast<size_t>(request.kind)];
    text += ' ';
    text += static_cast<char>('@' + request.scopes);
    text += ' ';
    if (request.kind == CallerKind::user) {
        text += request.user.data();
    } else if (request.kind == CallerKind::key) {
        text += request.key.to_string();
    }
    set_trusted(text, false);
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
    if (current.organization || current.kind != CallerKind::service) {
        return current.organization;
    }
    return named && may_choose() ? named : std::nullopt;
}

pg::Uuid current_organization() {
    const auto chosen = chosen_organization();
    if (chosen) {
        return *chosen;
    }
    auto error = pg::Error(pg::Code::organization_required, "no organization was chosen");
    if (current.kind != CallerKind::service) {
        throw std::move(error).hint("Send the header X-Organization-Id; my_organizations() lists "
                                    "those of a user.");
    }
    throw std::move(error).hint("Call billing.use_organization(id) in this transaction, or set "
                                "billing.organization_id as a superuser or member of "
                                "billing_service.");
}

bool log_requests() {
    return log_every_request;
}

int slow_request_ms() {
    return slow_ms;
}

} // namespace billing
