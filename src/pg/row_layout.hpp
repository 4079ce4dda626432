// Columns of a heap row, read without the server's descriptor of the table: of that each column
// takes two lines of the processor's cache, here a few bytes.
#pragma once

#include "pg/prelude.hpp"

namespace billing::pg {

class RowLayout {
  public:
    static constexpr int kMost = 32; // columns of the table
    static constexpr int kFits = -1;

    // To read these columns; bit i of `nullable`: columns[i] may be NULL.
    void learn(TupleDesc table, const AttrNumber *columns, int count, uint32_t nullable);
    // Whether they could be learned, and the row has them all: else the server is to read it.
    bool can_read(HeapTupleHeader row) const {
        return last_ > 0 && HeapTupleHeaderGetNatts(row) >= last_;
    }
    // In the order in which they were learned. Not kFits: which one is NULL and may not be.
    int read(HeapTupleHeader row, Datum *values, bool *nulls) const;

  private:
    static constexpr int8_t kNone = -1;
    struct Column {
        int16_t length = 0; // -1: that of a text
        uint8_t alignment = 1;
        bool by_value = false;
        bool is_word = false; // by value, and as wide as a Datum
        bool nullable = true;
        int8_t place = kNone; // among those that are read
    };
    std::array<Column, kMost> columns_{};
    int last_ = 0;
};

} // namespace billing::pg
