-- What a Lua program may ask of the interpreter and of the system below. (Debian's source package has no tests.) Each test
-- prints "SUCCESS name" or "FAILURE name: why"; the same program on Linux has to print the same.
-- arg[1]: a folder that can be written to, without which the tests of files are passed over.

local verdict = require 'verdict'
local test, same, fails = verdict.test, verdict.same, verdict.fails
local folder = arg and arg[1]

test('integers and floats', function()
  same(7 // 2, 3); same(-7 // 2, -4); same(-7 % 3, 2); same(7.5 // 2, 3.0)
  same(math.maxinteger + 1, math.mininteger)
  same(math.type(2^53), 'float'); same(math.type(1 << 62), 'integer')
  same(1 / 0, math.huge); same(tostring(-0.0), '-0.0'); same(0/0 == 0/0, false)
  same(math.tointeger(3.0), 3); same(math.tointeger(3.5), nil)
  same(0x7fffffffffffffff, math.maxinteger); same(0xA.8p0, 10.5); same(tonumber('0x1p-2'), 0.25)
  same(tonumber('10', 36), 36); same(tonumber('8', 8), nil); same(tonumber(' 12e1 '), 120.0)
  same(string.format('%.14g %a %5.1f|%-8d|%+i', 0.1, 1.0, 2.25, 42, 7), '0.1 0x1p+0   2.2|42      |+7')
  same(string.format('%.3f %.17g %e', math.pi, 0.1, 12345.678), '3.142 0.10000000000000001 1.234568e+04')
  same(math.ult(1, -1), true); same(5 // 0.0, math.huge); fails(function() return 1 // 0 end, 'attempt to divide by zero')
  same(3 & 5 | 8 ~ 1, 9); same(~0 >> 60, 15); fails(function() return 1.5 & 1 end, 'no integer representation')
end)

test('mathematics', function()
  for x = -20, 20 do
    verdict.near(math.sin(x)^2 + math.cos(x)^2, 1)
    verdict.near(math.exp(math.log(x * x + 1)), x * x + 1)
    verdict.near(math.tan(math.atan(x, 3)), x / 3)
  end
  same(math.floor(-3.5), -4); same(math.ceil(-3.5), -3); same(math.fmod(-7, 3), -1)
  same(math.sqrt(2)^2 - 2 < 1e-15, true); same(select(2, math.modf(3.25)), 0.25)
  math.randomseed(42)
  local first = math.random(1000000)
  math.randomseed(42)
  same(math.random(1000000), first)
end)

test('strings and patterns', function()
  same(('x'):rep(3, '-'), 'x-x-x'); same(('hello'):sub(-3), 'llo'); same(#('\0a\0'), 3)
  same(('key = value'):match('^(%w+)%s*=%s*(%w+)$'), 'key')
  same(('THE (quick) fox'):find('%((%a+)%)'), 5)
  same(('abc'):gsub('%w', '%0%0'), 'aabbcc'); same(('hello world'):gsub('o', {o = '0'}), 'hell0 w0rld')
  same(('f(a(b)c)d'):match('%b()'), '(a(b)c)'); same(('THE'):lower(), 'the')
  same(('%q'):format('a\n"b"\0'), '"a\\\n\\"b\\"\\0"')
  same(table.concat({('a,b,,c'):match('([^,]*),([^,]*),([^,]*),([^,]*)')}, '|'), 'a|b||c')
  same(('x'):byte(), 120); same(string.char(72, 105), 'Hi'); same(('frontier THE test'):find('%f[%a]%a+%f[%A]', 9), 10)
  fails(function() return ('a'):find('[a') end, 'malformed pattern')
  local packed = string.pack('<i4 z s1 d', -2, 'zero', 'short', 1.5)
  same(packed:byte(1), 254)
  local a, b, c, d = string.unpack('<i4 z s1 d', packed)
  same(a, -2); same(b, 'zero'); same(c, 'short'); same(d, 1.5)
  same(utf8.char(228, 8364, 128512), 'ä€😀'); same(utf8.len('ä€😀'), 3); same(utf8.codepoint('€'), 8364)
  same(utf8.len('\xff'), nil)
end)

test('tables', function()
  local list = {}
  for i = 1, 1000 do list[i] = (i * 7919) % 1009 end
  table.sort(list)
  for i = 2, #list do assert(list[i - 1] <= list[i]) end
  table.sort(list, function(x, y) return x > y end)
  same(list[1], 1008)
  same(table.concat(table.move({1, 2, 3}, 1, 3, 2, {1}), ','), '1,1,2,3')
  same(select('#', table.unpack({1, nil, 3}, 1, 3)), 3); same(table.pack(nil, nil).n, 2)
  table.insert(list, 1, 'first'); same(table.remove(list, 1), 'first')
  fails(function() table.sort({3, 1, 'x'}) end, 'attempt to compare')
  local object = setmetatable({}, {__index = function(_, key) return key .. '!' end, __len = function() return 5 end,
    __call = function(_, x) return x * 2 end, __concat = function() return 'joined' end})
  same(object.any, 'any!'); same(#object, 5); same(object(21), 42); same(object .. 'x', 'joined')
  local sum = 0
  for _, value in pairs(setmetatable({}, {__pairs = function() return next, {1, 2, 3} end})) do sum = sum + value end
  same(sum, 6)
end)

test('closures, goto, and variables that are closed', function()
  local functions, closed = {}, {}
  for i = 1, 3 do functions[i] = function() i = i + 1; return i end end
  same(functions[1]() + functions[1]() + functions[2](), 2 + 3 + 3)
  do
    local one <close> = setmetatable({}, {__close = function() closed[#closed + 1] = 'one' end})
    local two <close> = setmetatable({}, {__close = function() closed[#closed + 1] = 'two' end})
    local three <const> = 3
    same(three, 3)
  end
  same(table.concat(closed, ' '), 'two one')
  local i = 0
  ::again::
  i = i + 1
  if i < 10 then goto again end
  same(i, 10)
  local function count(n) if n == 0 then return 'done' end return count(n - 1) end
  same(count(1000000), 'done')
end)

test('errors', function()
  local ok, object = pcall(error, {code = 7})
  same(ok, false); same(object.code, 7)
  same(select(2, xpcall(function() error('deep', 0) end, function(m) return m .. '!' end)), 'deep!')
  fails(function() local x = nil; return x.field end, "attempt to index a nil value %(local 'x'%)")
  fails(function() local function f() return f() + 1 end return f() end, 'stack overflow')
  fails(function() return string.rep('x', 1 << 40) end, 'resulting string too large')
  fails(function() local t = setmetatable({}, {}); getmetatable(t).__index = t; return t.x end, 'loop')
  same(type(debug.traceback('here')), 'string'); same(debug.getinfo(1, 'l').currentline > 0, true)
  -- As deep as the interpreter's own stack goes.
  same(load('return ' .. ('('):rep(300) .. '1' .. (')'):rep(300)), nil)
  local function nest(n) return n == 0 and 0 or ('x'):gsub('x', function() return nest(n - 1) end) end
  same(nest(150), '0'); fails(function() nest(250) end, 'C stack overflow')
  -- An error leaves frames of C by longjmp: sort calls back.
  for _ = 1, 1000 do pcall(table.sort, {1, 2, 3}, function() error('out') end) end
end)

test('coroutines', function()
  local function walk(n) if n > 0 then walk(n - 1); coroutine.yield(n) end end
  local sum = 0
  for n in coroutine.wrap(function() walk(150) end) do sum = sum + n end
  same(sum, 11325)
  local thread = coroutine.create(function(a) local b = coroutine.yield(a + 1); error('at the end ' .. b) end)
  same(select(2, coroutine.resume(thread, 1)), 2)
  same(select(2, coroutine.resume(thread, 'x')):match('at the end x'), 'at the end x')
  same(coroutine.status(thread), 'dead')
  same(coroutine.wrap(function() pcall(coroutine.yield, 1); return 2 end)(), 1)
  local many = {}
  for i = 1, 10000 do many[i] = coroutine.create(function() coroutine.yield(i) end); coroutine.resume(many[i]) end
  same(coroutine.close(many[5000]), true)
end)

test('garbage', function()
  local finalised = 0
  local weak = setmetatable({}, {__mode = 'k'})
  for _ = 1, 1000 do weak[setmetatable({}, {__gc = function() finalised = finalised + 1 end})] = true end
  collectgarbage(); collectgarbage()
  same(finalised, 1000); same(next(weak), nil)
  for _, mode in ipairs {'generational', 'incremental'} do
    collectgarbage(mode)
    local keep = {}
    for i = 1, 200000 do keep[i % 100] = {tostring(i)} end
    same(keep[99][1], '199999')
  end
  collectgarbage()
  local before = collectgarbage('count')
  local large = ('x'):rep(8 << 20)
  same(collectgarbage('count') - before > 8000, true)
  large = nil
  collectgarbage()
  same(collectgarbage('count') - before < 100, true)
end)

test('programs from text and from bytes', function()
  same(load('return ... + 1')(41), 42)
  same(select(2, load('return return')):match('unexpected symbol') ~= nil, true)
  local bytes = string.dump(function(x) return x * 2 end)
  same(load(bytes, 'dumped', 'b')(21), 42); same(load(bytes, 'dumped', 't'), nil)
  local environment = {}
  load('x = 5', 'chunk', 't', environment)()
  same(environment.x, 5); same(require('verdict'), verdict)
  fails(function() require('no.such.module') end, "module 'no.such.module' not found")
  same(loadfile('/no/such/file.lua'), nil)
end)

test('time and environment', function()
  same(os.date('!%Y-%m-%d %H:%M:%S', 951825600), '2000-02-29 12:00:00')
  same(os.time {year = 2000, month = 2, day = 30, hour = 12} - os.time {year = 2000, month = 3, day = 1, hour = 12}, 0)
  same(os.time() > 1600000000, true); same(os.clock() >= 0, true); same(os.getenv('NO_SUCH_VARIABLE'), nil)
  same(os.getenv('LUA_PATH') ~= nil, true); same(os.setlocale('C'), 'C'); same(os.date('!%j %a %b', 0), '001 Thu Jan')
end)

if folder then require('files')(folder) else print('SKIP files: no folder to write to was given') end
verdict.finish()
