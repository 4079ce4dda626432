src/stripe/shapes/fingerprint.o: src/stripe/shapes/fingerprint.cpp \
 src/stripe/shapes/fingerprint.hpp src/stripe/shapes/json.hpp \
 src/stripe/shapes/hash.hpp
src/stripe/shapes/fingerprint.hpp:
src/stripe/shapes/json.hpp:
src/stripe/shapes/hash.hpp:
