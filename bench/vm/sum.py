"""The sum of 0 to n - 1, in a loop; so many times."""
import sys


def total(n):
    s = 0
    for i in range(n):
        s += i
    return s


for _ in range(int(sys.argv[2])):
    print(total(int(sys.argv[1])))
