src/stripe/shapes/json.o: src/stripe/shapes/json.cpp \
 src/stripe/shapes/json.hpp src/stripe/shapes/error.hpp
src/stripe/shapes/json.hpp:
src/stripe/shapes/error.hpp:
