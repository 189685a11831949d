"""How many primes there are below n, by Eratosthenes' sieve; so many times."""
import sys


def primes(n):
    composite = bytearray(n)
    count = 0
    for i in range(2, n):
        if composite[i] == 0:
            count += 1
            k = i + i
            while k < n:
                composite[k] = 1
                k += i
    return count


for _ in range(int(sys.argv[2])):
    print(primes(int(sys.argv[1])))
