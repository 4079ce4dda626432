#include <gtest/gtest.h>

#include "db/binary_array.hpp"
#include "db/sqlstate.hpp"

namespace billing::worker::db {
namespace {

TEST(SqlState, OfTheServersConditionIsTransient) {
    // Broken connection, refused login, missing function, full disk, lock, shutdown, cancel, I/O,
    // standby, stale plan, tables without install().
    for (const auto *code : {"", "08006", "28P01", "42883", "42501", "53100", "53300", "55P03",
                             "57P01", "57014", "58030", "25006", "0A000", "3F000", "PT503"}) {
        EXPECT_EQ(classify(code), ErrorKind::transient) << code;
    }
}

TEST(SqlState, OfTheDataIsPermanent) {
    // Bad input, a constraint, a raised error, too large, a lost race, an internal error.
    for (const auto *code :
         {"22P02", "22021", "23505", "P0001", "54000", "40001", "40P01", "XX000", "PT400"}) {
        EXPECT_EQ(classify(code), ErrorKind::permanent) << code;
    }
}

TEST(BinaryArray, HasTheServersLayout) {
    BinaryArray array;
    array.start(kByteaOid, 3, 1000);
    array.append("ab");
    array.append_null();
    array.append("");
    constexpr std::string_view kExpected{"\0\0\0\1"         // dimensions
                                         "\0\0\0\1"         // NULLs may come
                                         "\0\0\0\x11"       // bytea
                                         "\0\0\0\3"         // elements
                                         "\0\0\0\1"         // from 1
                                         "\0\0\0\2ab"       // two bytes
                                         "\xFF\xFF\xFF\xFF" // NULL
                                         "\0\0\0\0",        // no bytes
                                         34};
    EXPECT_EQ(array.bytes(), kExpected);
}

TEST(BinaryArray, StartsAfresh) {
    BinaryArray array;
    array.start(kUuidOid, 1, 1000);
    array.append("0123456789abcdef");
    array.start(kUuidOid, 0, 1000);
    EXPECT_EQ(array.bytes().size(), 20U);
}

} // namespace
} // namespace billing::worker::db
