#include "pg/index_probe.hpp"

#include <cstring>
#include <new>

extern "C" {
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
}

namespace billing::pg {

namespace {

IndexProbe *first = nullptr;

} // namespace

void IndexProbe::forget(Datum, Oid relation) {
    for (IndexProbe *probe = first; probe != nullptr; probe = probe->next_) {
        if (relation == InvalidOid || relation == probe->table_ || relation == probe->index_) {
            probe->valid_ = false;
        }
    }
}

// Runs inside call(), as all that follows but prepare().
void IndexProbe::refuse() const {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                    errmsg("billing_internal.%s has no valid index %s", table_name_, index_name_),
                    errdetail("Access and usage are looked up by this index."),
                    errhint("Create it as a new installation has it, or wait until it is built.")));
    pg_unreachable();
}

void IndexProbe::refuse_column(const Column &column) const {
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("billing_internal.%s.%s is not what the library reads: %s%s",
                           table_name_, column.name, format_type_be(column.type),
                           column.nullable ? "" : " and not NULL"),
                    errdetail("The column was altered."),
                    errhint("Change it back to what a new installation has.")));
    pg_unreachable();
}

// What an index that is being built, or whose building ended in an error, does not find may be
// there.
void IndexProbe::find() {
    const Oid schema = get_namespace_oid("billing_internal", false);
    table_ = get_relname_relid(table_name_, schema);
    index_ = get_relname_relid(index_name_, schema);
    if (!OidIsValid(table_) || get_rel_relkind(index_) != RELKIND_INDEX ||
        !get_index_isvalid(index_)) {
        refuse();
    }
    fits_ = false;
    described_ = false;
    for (int i = 0; i < count_; ++i) {
        columns_[i] = get_attnum(table_, named_[i].name);
        if (columns_[i] == InvalidAttrNumber ||
            get_atttype(table_, columns_[i]) != named_[i].type) {
            refuse_column(named_[i]);
        }
    }
    valid_ = true;
    ++finds_;
}

// What one of them learned of the index the others need not learn.
void IndexProbe::share_lookup() {
    for (const IndexProbe *probe = first; probe != nullptr; probe = probe->next_) {
        if (std::strcmp(probe->index_name_, index_name_) == 0) {
            lookup_ = probe->lookup_;
            return;
        }
    }
    lookup_ = new (MemoryContextAlloc(TopMemoryContext, sizeof(HashLookup))) HashLookup;
}

void IndexProbe::prepare() {
    call([this] {
        if (first == nullptr) {
            CacheRegisterRelcacheCallback(forget, Datum(0));
        }
        if (!listed_) {
            share_lookup();
            next_ = first;
            first = this;
            listed_ = true;
        }
        find();
    });
}

// Whether its one column is that.
bool IndexProbe::is_digest(Relation index) const {
    const List *columns = RelationGetIndexExpressions(index);
    if (list_length(columns) != 1 || RelationGetIndexPredicate(index) != NIL) {
        return false;
    }
    const auto *node = static_cast<const Node *>(linitial(columns));
    for (int i = keys_ - 1; i >= 0; --i) {
        const Oid hash = equals_[i] == F_TEXTEQ ? F_HASHTEXTEXTENDED : F_UUID_HASH_EXTENDED;
        const auto *one = reinterpret_cast<const FuncExpr *>(node);
        if (!IsA(node, FuncExpr) || one->funcid != hash) {
            return false;
        }
        const auto *column = static_cast<const Var *>(linitial(one->args));
        if (!IsA(column, Var) || column->varattno != columns_[i]) {
            return false;
        }
        node = static_cast<const Node *>(lsecond(one->args));
    }
    const auto *seed = reinterpret_cast<const Const *>(node);
    return IsA(node, Const) && !seed->constisnull && DatumGetInt64(seed->constvalue) == 0;
}

// Whether its first columns can be compared with the key.
bool IndexProbe::has_keys(Relation index) const {
    if (index->rd_rel->relam != BTREE_AM_OID || index->rd_index->indnkeyatts < keys_) {
        return false;
    }
    for (int i = 0; i < keys_; ++i) {
        const Oid type = index->rd_opcintype[i];
        const Oid equal =
            get_opfamily_member(index->rd_opfamily[i], type, type, BTEqualStrategyNumber);
        if (!OidIsValid(equal) || get_opcode(equal) != equals_[i]) {
            return false;
        }
    }
    return true;
}

// Another index may have been given the name: to look a key up by other types would be to take its
// bytes for what they are not.
void IndexProbe::require_fit(Relation index) {
    hashed_ = HashLookup::fits(index);
    const bool fits =
        index->rd_index->indrelid == table_ && (hashed_ ? is_digest(index) : has_keys(index));
    if (!fits) {
        refuse();
    }
    fits_ = true;
}

// Kept where it is the same: whoever reads rows now holds a lock, and it cannot become another.
void IndexProbe::note_row_type(Relation table) {
    TupleDesc now = RelationGetDescr(table);
    uint32_t nullable = 0;
    for (int i = 0; i < count_; ++i) {
        nullable |= static_cast<uint32_t>(named_[i].nullable) << i;
    }
    layout_.learn(now, columns_.data(), count_, nullable);
    described_ = true;
    if (row_type_ != nullptr && equalTupleDescs(row_type_, now)) {
        return;
    }
    MemoryContext context = MemoryContextSwitchTo(TopMemoryContext);
    TupleDesc copy = CreateTupleDescCopyConstr(now);
    MemoryContextSwitchTo(context);
    if (row_type_ != nullptr) {
        FreeTupleDesc(row_type_);
    }
    row_type_ = copy;
}

// The lock may have been waited for, behind who made the index anew; who holds it keeps the index.
Relation IndexProbe::open_table(LOCKMODE lock) {
    Relation table = table_open(table_, lock);
    if (!valid_) {
        find();
    }
    if (!described_) {
        note_row_type(table);
    }
    return table;
}

} // namespace billing::pg
