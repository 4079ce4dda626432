src/stripe/shapes/node.o: src/stripe/shapes/node.cpp \
 src/stripe/shapes/node.hpp src/core/decimal.hpp src/core/instant.hpp \
 src/stripe/shapes/error.hpp src/stripe/shapes/json.hpp
src/stripe/shapes/node.hpp:
src/core/decimal.hpp:
src/core/instant.hpp:
src/stripe/shapes/error.hpp:
src/stripe/shapes/json.hpp:
