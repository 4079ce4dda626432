#include "stripe/inbox.hpp"

#include "stripe/shapes/event.hpp"

#include <algorithm>
#include <bit>
#include <set>

extern "C" {
#include "commands/async.h"
}

namespace billing::stripe {

namespace {

constexpr const char *kChannel = "pg_billing_events";
constexpr core::Instant kNoticesApart = core::kSecond / 10;
// A batch of events is held in memory; Stripe's bodies are some kilobytes.
constexpr size_t kMaxBody = 4 * 1024 * 1024;

struct Letter {
    size_t position = 0;
    std::string_view body;
    Brief brief;
    pg::Uuid organization;
};

// Ids come from outside and are kept in lists separated by spaces.
bool is_clean_id(std::string_view id) {
    return std::none_of(id.begin(), id.end(),
                        [](char c) { return static_cast<unsigned char>(c) <= 0x20; });
}

// Which organizations exist, and where events without one in their path belong. Reads only what the
// letters name: there may be many organizations.
class Router {
  public:
    Router(const std::vector<Incoming> &bodies, const std::optional<pg::Uuid> &fallback)
        : fallback_(fallback) {
        static pg::Plan plan{"SELECT o.id FROM billing_internal.organizations AS o "
                             "WHERE o.id = ANY ($1)",
                             {UUIDARRAYOID}};
        std::set<pg::Uuid> named;
        if (fallback) {
            named.insert(*fallback);
        }
        for (const Incoming &incoming : bodies) {
            if (incoming.organization) {
                named.insert(*incoming.organization);
            }
        }
        pg::Columns ids({UUIDOID});
        for (const pg::Uuid &id : named) {
            ids.row(id);
        }
        pg::Params params;
        ids.append_to(params);
        const pg::Result rows = pg::run(plan, params, pg::Access::read);
        for (size_t i = 0; i < rows.size(); ++i) {
            known_.insert(rows[i].uuid(0));
        }
    }
    bool knows(const pg::Uuid &organization) const { return known_.count(organization) > 0; }

    std::optional<pg::Uuid> route(const std::string &account) {
        if (account.empty() && fallback_ && knows(*fallback_)) {
            return fallback_;
        }
        const auto [place, fresh] = accounts_.try_emplace(account);
        if (fresh) {
            place->second = account.empty() ? only_organization() : of_account(account);
        }
        return place->second;
    }

  private:
    static std::optional<pg::Uuid> only_organization() {
        static pg::Plan plan{"SELECT id FROM billing_internal.organizations LIMIT 2", {}};
        const pg::Result rows = pg::run(plan, pg::Params(), pg::Access::read);
        return rows.size() == 1 ? std::optional(rows[0].uuid(0)) : std::nullopt;
    }
    static std::optional<pg::Uuid> of_account(const std::string &account) {
        static pg::Plan plan{"SELECT id FROM billing_internal.organizations "
                             "WHERE stripe_account_id = $1",
                             {TEXTOID}};
        const pg::Result rows = pg::run(plan, pg::Params(account), pg::Access::read);
        return rows.empty() ? std::nullopt : std::optional(rows[0].uuid(0));
    }

    std::optional<pg::Uuid> fallback_;
    std::set<pg::Uuid> known_;
    std::map<std::string, std::optional<pg::Uuid>> accounts_; // asked for already
};

void store_unrouted(const std::vector<Letter> &letters, core::Instant now) {
    static pg::Plan plan{"INSERT INTO billing_internal.unrouted_events "
                         "(account, event_id, received_at, body) "
                         "SELECT u.account, u.event_id, $1, u.body "
                         "FROM unnest($2, $3, $4) AS u (account, event_id, body) "
                         "ON CONFLICT DO NOTHING",
                         {TIMESTAMPTZOID, TEXTARRAYOID, TEXTARRAYOID, BYTEAARRAYOID}};
    pg::Columns columns({TEXTOID, TEXTOID, BYTEAOID});
    for (const Letter &letter : letters) {
        columns.row(letter.brief.account, letter.brief.id, letter.body);
    }
    if (columns.empty()) {
        return;
    }
    pg::Params params(pg::Timestamp{now});
    columns.append_to(params);
    pg::run(plan, params, pg::Access::write);
}

using Key = std::pair<pg::Uuid, std::string>; // organization, event id

std::set<Key> insert_events(const std::vector<Letter> &letters, core::Instant now) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.events (organization_id, event_id, type, created, "
        "api_version, livemode, account, digest, received_at, body) "
        "SELECT u.organization_id, u.event_id, u.type, u.created, u.api_version, u.livemode, "
        "u.account, u.digest, $1, u.body FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10) AS u "
        "(organization_id, event_id, type, created, api_version, livemode, account, digest, body) "
        "ON CONFLICT DO NOTHING RETURNING organization_id, event_id",
        {TIMESTAMPTZOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID,
         TEXTARRAYOID, BOOLARRAYOID, TEXTARRAYOID, INT8ARRAYOID, BYTEAARRAYOID}};
    pg::Columns columns(
        {UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, BOOLOID, TEXTOID, INT8OID, BYTEAOID});
    for (const Letter &letter : letters) {
        const Brief &brief = letter.brief;
        columns.row(letter.organization, brief.id, brief.type, pg::Timestamp{brief.created},
                    pg::nullable(brief.api_version), brief.livemode, pg::nullable(brief.account),
                    std::bit_cast<int64_t>(brief.digest), letter.body);
    }
    pg::Params params(pg::Timestamp{now});
    columns.append_to(params);
    const pg::Result rows = pg::run(plan, params, pg::Access::write);
    std::set<Key> stored;
    for (size_t i = 0; i < rows.size(); ++i) {
        stored.emplace(rows[i].uuid(0), rows[i].text(1));
    }
    return stored;
}

// NOTIFY locks out every other NOTIFY of the server until the commit has reached the disk, so
// groups that follow closely ring once. A lane that nobody rings for looks at its next poll.
void wake_lanes(Wake wake, core::Instant now) {
    static core::Instant rung = core::kBeginning;
    if (wake == Wake::seldom && rung <= now && now < rung + kNoticesApart) {
        return;
    }
    pg::call([] { Async_Notify(kChannel, ""); });
    rung = now;
}

void enqueue(const std::vector<const Letter *> &letters, core::Instant now) {
    static pg::Plan plan{"INSERT INTO billing_internal.event_queue "
                         "(organization_id, position, event_id, received_at, attempts) "
                         "SELECT u.organization_id, u.position, u.event_id, $1, 0 "
                         "FROM unnest($2, $3, $4) AS u (organization_id, position, event_id)",
                         {TIMESTAMPTZOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID}};
    pg::Columns columns({UUIDOID, UUIDOID, TEXTOID});
    for (const Letter *letter : letters) {
        columns.row(letter->organization, pg::new_uuid(), letter->brief.id);
    }
    pg::Params params(pg::Timestamp{now});
    columns.append_to(params);
    pg::run(plan, params, pg::Access::write);
}

// The same id again is normal. It is an alarm only if it tells something else.
void raise_alarms(const std::vector<const Letter *> &duplicates, core::Instant now) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.event_alarms "
        "(organization_id, kind, reference, detail, raised_at) "
        "SELECT e.organization_id, 'body_differs', e.event_id, pg_catalog.jsonb_build_object("
        "'type', u.type, 'created', u.created, 'account', u.account, 'api_version', "
        "u.api_version, 'stored_type', e.type, 'stored_created', e.created), $1 "
        "FROM unnest($2, $3, $4, $5, $6, $7, $8) AS u "
        "(organization_id, event_id, type, created, api_version, account, digest) "
        "JOIN LATERAL (SELECT * FROM billing_internal.events AS v "
        "WHERE v.organization_id = u.organization_id AND v.event_id = u.event_id OFFSET 0) AS e "
        "ON true "
        "WHERE e.type <> u.type OR e.created <> u.created "
        "OR e.account IS DISTINCT FROM u.account "
        "OR (e.api_version IS NOT DISTINCT FROM u.api_version AND e.digest <> u.digest) "
        "ON CONFLICT DO NOTHING",
        {TIMESTAMPTZOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID,
         TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID}};
    pg::Columns columns({UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, INT8OID});
    for (const Letter *letter : duplicates) {
        const Brief &brief = letter->brief;
        columns.row(letter->organization, brief.id, brief.type, pg::Timestamp{brief.created},
                    pg::nullable(brief.api_version), pg::nullable(brief.account),
                    std::bit_cast<int64_t>(brief.digest));
    }
    if (columns.empty()) {
        return;
    }
    pg::Params params(pg::Timestamp{now});
    columns.append_to(params);
    pg::run(plan, params, pg::Access::write);
}

} // namespace

std::string_view word_of(Arrival arrival) {
    switch (arrival) {
    case Arrival::stored:
        return "stored";
    case Arrival::duplicate:
        return "duplicate";
    case Arrival::unrouted:
        return "unrouted";
    case Arrival::unknown_organization:
        return "unknown_organization";
    case Arrival::invalid:
        return "invalid";
    }
    return {};
}

std::vector<Received> receive(const std::vector<Incoming> &bodies,
                              const std::optional<pg::Uuid> &default_organization, Wake wake) {
    const core::Instant now = pg::transaction_start();
    const pg::EnginePlanning planning;
    pg::keep_freed_memory();
    Router router(bodies, default_organization);
    std::vector<Received> out(bodies.size());
    std::vector<Letter> letters;
    std::vector<Letter> unrouted;
    EventReader reader;
    for (size_t i = 0; i < bodies.size(); ++i) {
        const Incoming &incoming = bodies[i];
        if (incoming.organization && !router.knows(*incoming.organization)) {
            out[i].arrival = Arrival::unknown_organization;
            continue;
        }
        Letter letter{i, incoming.body, {}, {}};
        try {
            if (incoming.body.size() > kMaxBody) {
                throw ShapeError(ShapeCode::out_of_range, "must not exceed 4 MiB", "body");
            }
            letter.brief = brief(reader, incoming.body);
            if (!is_clean_id(letter.brief.id)) {
                throw ShapeError(ShapeCode::wrong_type, "must not contain white space", "id");
            }
        } catch (const ShapeError &error) {
            out[i].detail = error.what();
            continue;
        }
        out[i].event_id = letter.brief.id;
        const auto organization =
            incoming.organization ? incoming.organization : router.route(letter.brief.account);
        out[i].organization = organization;
        out[i].arrival = organization ? Arrival::duplicate : Arrival::unrouted;
        letter.organization = organization.value_or(pg::Uuid{});
        (organization ? letters : unrouted).push_back(std::move(letter));
    }
    // Two sessions that insert the same ids in different orders would wait for each other.
    std::sort(unrouted.begin(), unrouted.end(), [](const Letter &a, const Letter &b) {
        return std::tie(a.brief.account, a.brief.id, a.position) <
               std::tie(b.brief.account, b.brief.id, b.position);
    });
    store_unrouted(unrouted, now);
    if (letters.empty()) {
        return out;
    }
    std::sort(letters.begin(), letters.end(), [](const Letter &a, const Letter &b) {
        return std::tie(a.organization, a.brief.id, a.position) <
               std::tie(b.organization, b.brief.id, b.position);
    });
    std::set<Key> stored = insert_events(letters, now);
    std::vector<const Letter *> news;
    std::vector<const Letter *> duplicates;
    for (const Letter &letter : letters) {
        // Of several copies in one call the first is the one that was stored.
        if (stored.erase({letter.organization, letter.brief.id}) > 0) {
            out[letter.position].arrival = Arrival::stored;
            news.push_back(&letter);
        } else {
            duplicates.push_back(&letter);
        }
    }
    std::sort(news.begin(), news.end(),
              [](const Letter *a, const Letter *b) { return a->position < b->position; });
    if (!news.empty()) {
        enqueue(news, now);
        wake_lanes(wake, now);
    }
    raise_alarms(duplicates, now);
    return out;
}

} // namespace billing::stripe
