-- Fibonacci numbers by two calls each; so many times.
local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end
for _ = 1, tonumber(arg[2]) do print(fib(tonumber(arg[1]))) end
