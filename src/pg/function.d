src/pg/function.o: src/pg/function.cpp src/pg/function.hpp \
 src/pg/values.hpp src/core/decimal.hpp src/core/instant.hpp \
 src/pg/boundary.hpp src/pg/error.hpp src/pg/prelude.hpp
src/pg/function.hpp:
src/pg/values.hpp:
src/core/decimal.hpp:
src/core/instant.hpp:
src/pg/boundary.hpp:
src/pg/error.hpp:
src/pg/prelude.hpp:
