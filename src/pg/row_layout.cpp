#include "pg/row_layout.hpp"

#include <algorithm>

extern "C" {
#include "access/tupmacs.h"
}

namespace billing::pg {

namespace {

uint8_t bytes_of(char alignment) {
    switch (alignment) {
    case TYPALIGN_DOUBLE:
        return ALIGNOF_DOUBLE;
    case TYPALIGN_INT:
        return ALIGNOF_INT;
    case TYPALIGN_SHORT:
        return ALIGNOF_SHORT;
    default:
        return 1;
    }
}

} // namespace

void RowLayout::learn(TupleDesc table, const AttrNumber *columns, int count, uint32_t nullable) {
    const AttrNumber last = *std::max_element(columns, columns + count);
    last_ = 0;
    columns_ = {};
    if (last > kMost) {
        return;
    }
    for (int i = 0; i < last; ++i) {
        const auto *column = TupleDescAttr(table, i);
        if (column->attlen < -1) {
            return;
        }
        columns_[i].length = column->attlen;
        columns_[i].alignment = bytes_of(column->attalign);
        columns_[i].by_value = column->attbyval;
        columns_[i].is_word = column->attbyval && column->attlen == sizeof(Datum);
    }
    for (int i = 0; i < count; ++i) {
        Column &column = columns_[columns[i] - 1];
        column.nullable = (nullable >> i & 1) != 0;
        column.place = static_cast<int8_t>(i);
    }
    last_ = last;
}

// As the server does it: a text with a short header is not aligned.
int RowLayout::read(HeapTupleHeader row, Datum *values, bool *nulls) const {
    const bool has_nulls = (row->t_infomask & HEAP_HASNULL) != 0;
    char *data = reinterpret_cast<char *>(row) + row->t_hoff;
    uintptr_t at = 0;
    const Column *columns = columns_.data();
    const int last = last_; // also while values are written
    for (int i = 0; i < last; ++i) {
        const Column column = columns[i];
        Datum value = 0;
        const bool null = has_nulls && att_isnull(i, row->t_bits);
        if (null && !column.nullable) {
            return column.place;
        }
        if (!null && column.length > 0) {
            at = TYPEALIGN(column.alignment, at);
            value = column.is_word ? *reinterpret_cast<const Datum *>(data + at)
                                   : fetch_att(data + at, column.by_value, column.length);
            at += static_cast<uintptr_t>(column.length);
        } else if (!null) {
            if (!VARATT_NOT_PAD_BYTE(data + at)) {
                at = TYPEALIGN(column.alignment, at);
            }
            value = PointerGetDatum(data + at);
            at += VARSIZE_ANY(data + at);
        }
        if (column.place != kNone) {
            values[column.place] = value;
            nulls[column.place] = null;
        }
    }
    return kFits;
}

} // namespace billing::pg
