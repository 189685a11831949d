"""How many primes there are below n, by Eratosthenes' sieve."""
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


print(primes(int(sys.argv[1])))
