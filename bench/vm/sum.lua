-- The sum of 0 to n - 1, in a loop; so many times.
local function total(n)
  local s = 0
  for i = 0, n - 1 do s = s + i end
  return s
end
for _ = 1, tonumber(arg[2]) do print(total(tonumber(arg[1]))) end
