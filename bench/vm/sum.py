"""The sum of 0 to n - 1, in a loop."""
import sys


def total(n):
    s = 0
    for i in range(n):
        s += i
    return s


print(total(int(sys.argv[1])))
