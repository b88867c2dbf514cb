-- The frame of the tests: one line each, and the status at the end.
local verdict = {failed = 0, count = 0}

function verdict.test(name, body)
  verdict.count = verdict.count + 1
  local ok, why = xpcall(body, debug.traceback)
  if not ok then verdict.failed = verdict.failed + 1 end
  print(ok and 'SUCCESS ' .. name or 'FAILURE ' .. name .. ': ' .. tostring(why))
end

function verdict.same(got, wanted)
  if got ~= wanted then error(('%s, not %s'):format(got, wanted), 2) end
end

function verdict.near(got, wanted)
  if math.abs(got - wanted) > 1e-9 * math.max(1, math.abs(wanted)) then error(('%.17g, not %.17g'):format(got, wanted), 2) end
end

-- The function must raise an error whose message matches.
function verdict.fails(body, pattern)
  local ok, message = pcall(body)
  if ok then error('no error', 2) end
  if not tostring(message):find(pattern) then error(('"%s" does not match "%s"'):format(message, pattern), 2) end
end

function verdict.finish()
  print(('%d tests, %d failed'):format(verdict.count, verdict.failed))
  os.exit(verdict.failed == 0, true)
end

return verdict
