"""Prints `passed failed` of a JUnit report; what was skipped counts as failed."""

import sys
import xml.etree.ElementTree as tree

root = tree.parse(sys.argv[1]).getroot()
suites = [root] if root.tag == "testsuite" else root.findall("testsuite")
total = sum(int(s.get("tests", 0)) for s in suites)
names = ("failures", "errors", "skipped", "disabled")
bad = sum(int(s.get(name, 0)) for s in suites for name in names)
if total == 0:
    sys.exit("the report holds no test")
print(total - bad, bad)
