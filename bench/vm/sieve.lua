-- How many primes there are below n, by Eratosthenes' sieve.
local n = tonumber(arg[1])
local composite = {}
for i = 0, n - 1 do composite[i] = 0 end
local count = 0
for i = 2, n - 1 do
  if composite[i] == 0 then
    count = count + 1
    for k = i + i, n - 1, i do composite[k] = 1 end
  end
end
print(count)
