-- How many primes there are below n, by Eratosthenes' sieve; so many times.
local function primes(n)
  local composite = {}
  for i = 0, n - 1 do composite[i] = 0 end
  local count = 0
  for i = 2, n - 1 do
    if composite[i] == 0 then
      count = count + 1
      for k = i + i, n - 1, i do composite[k] = 1 end
    end
  end
  return count
end
for _ = 1, tonumber(arg[2]) do print(primes(tonumber(arg[1]))) end
