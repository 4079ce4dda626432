src/module.o: src/module.cpp src/pg/boundary.hpp src/pg/error.hpp \
 src/pg/prelude.hpp src/settings.hpp src/pg/values.hpp \
 src/core/decimal.hpp src/core/instant.hpp
src/pg/boundary.hpp:
src/pg/error.hpp:
src/pg/prelude.hpp:
src/settings.hpp:
src/pg/values.hpp:
src/core/decimal.hpp:
src/core/instant.hpp:
