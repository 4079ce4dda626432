#include "pg/batch_writer.hpp"

#include "pg/writing.hpp"

namespace billing::pg {

namespace {

// $2, $3, ... for a number of arrays.
std::string parameters(int count) {
    std::string out;
    for (int i = 0; i < count; ++i) {
        out += (i == 0 ? "$" : ", $") + std::to_string(i + 2);
    }
    return out;
}

Oid array_type(Oid element) {
    return call([element] { return get_array_type(element); });
}

} // namespace

Columns BatchWriter::columns() const {
    std::vector<Oid> types;
    types.reserve(count_);
    for (int i = 0; i < count_; ++i) {
        types.push_back(columns_[i].type);
    }
    return Columns(types);
}

std::string BatchWriter::insert_sql() const {
    std::string names;
    std::string keys = "organization_id";
    std::string sets;
    for (int i = 0; i < count_; ++i) {
        const std::string name = columns_[i].name;
        names += ", " + name;
        if (i < keys_) {
            keys += ", " + name;
            continue;
        }
        if (i >= first_kept_) {
            continue;
        }
        const std::string sum = on_conflict_ == OnConflict::add ? "t." + name + " + " : "";
        sets += (sets.empty() ? "" : ", ") + name + " = " + sum + "EXCLUDED." + name;
    }
    std::string sql = std::string("INSERT INTO billing_internal.") + table_ +
                      " AS t (organization_id" + names + ") SELECT $1, u.* FROM unnest(" +
                      parameters(count_) + ") AS u";
    if (on_conflict_ == OnConflict::skip) {
        sql += " ON CONFLICT DO NOTHING";
    } else if (on_conflict_ != OnConflict::fail) {
        sql += " ON CONFLICT (" + keys + ") DO UPDATE SET " + sets;
    }
    return sql;
}

std::string BatchWriter::delete_sql(const char *condition) const {
    const std::string extra = condition == nullptr ? "" : std::string(" AND ") + condition;
    if (keys_ == 1) {
        return std::string("DELETE FROM billing_internal.") + table_ +
               " AS t WHERE t.organization_id = $1 AND t." + columns_[0].name + " = ANY ($2)" +
               extra;
    }
    std::string names;
    std::string match;
    for (int i = 0; i < keys_; ++i) {
        const std::string name = columns_[i].name;
        names += (i == 0 ? "" : ", ") + name;
        match += " AND t." + name + " = u." + name;
    }
    return std::string("DELETE FROM billing_internal.") + table_ + " AS t USING unnest(" +
           parameters(keys_) + ") AS u (" + names + ") WHERE t.organization_id = $1" + match +
           extra;
}

size_t BatchWriter::execute(std::string (*make)(const BatchWriter &, const char *),
                            const char *argument, int columns, const Uuid &organization,
                            const Columns &rows) {
    if (rows.empty()) {
        return 0;
    }
    Plan plan("", {UUIDOID});
    plan.kept = kept_;
    std::string sql; // only for the first use: the plan is kept, the text is not
    if (kept_ == nullptr) {
        for (int i = 0; i < columns; ++i) {
            plan.types[plan.count++] = array_type(columns_[i].type);
        }
        sql = make(*this, argument);
        plan.sql = sql.c_str();
    }
    Params params(organization);
    rows.append_to(params);
    const size_t written = run_writing(plan, params, table_).size();
    kept_ = plan.kept;
    return written;
}

size_t BatchWriter::write(const Uuid &organization, const Columns &rows) {
    const size_t written =
        execute([](const BatchWriter &writer, const char *) { return writer.insert_sql(); },
                nullptr, count_, organization, rows);
    if (on_conflict_ != OnConflict::skip) {
        require_stored(table_, written, rows.size());
    }
    return written;
}

size_t BatchWriter::remove(const Uuid &organization, const Columns &keys, const char *condition) {
    return execute(
        [](const BatchWriter &writer, const char *text) { return writer.delete_sql(text); },
        condition, keys_, organization, keys);
}

} // namespace billing::pg
