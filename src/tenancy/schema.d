src/tenancy/schema.o: src/tenancy/schema.cpp src/tenancy/schema.hpp \
 src/pg/spi.hpp src/pg/values.hpp src/core/decimal.hpp \
 src/core/instant.hpp src/pg/boundary.hpp src/pg/error.hpp \
 src/pg/prelude.hpp
src/tenancy/schema.hpp:
src/pg/spi.hpp:
src/pg/values.hpp:
src/core/decimal.hpp:
src/core/instant.hpp:
src/pg/boundary.hpp:
src/pg/error.hpp:
src/pg/prelude.hpp:
