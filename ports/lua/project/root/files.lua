-- The io and os libraries on a folder that can be written to.
local verdict = require 'verdict'
local test, same = verdict.test, verdict.same

return function(folder)
  local path = folder .. '/file.txt'

  test('files', function()
    local file = assert(io.open(path, 'w+'))
    same(io.type(file), 'file')
    for i = 1, 10000 do file:write('line ', i, '\n') end
    same(file:seek('set', 5), 5); same(file:read('n'), 1); file:read('l')
    same(file:read('l'), 'line 2'); same(file:seek('cur'), 14)
    file:close()
    same(io.type(file), 'closed file')
    local count, last = 0, nil
    for line in io.lines(path) do count, last = count + 1, line end
    same(count, 10000); same(last, 'line 10000')
    local all = assert(io.open(path, 'rb')):read('a')
    same(#all, 98894)
    local appended = assert(io.open(path, 'a')); appended:write('more'); appended:close()
    same(assert(io.open(path)):seek('end'), #all + 4)
  end)

  test('buffers', function()
    for _, mode in ipairs {'no', 'line', 'full'} do
      local file = assert(io.open(path, 'w'))
      same(file:setvbuf(mode, 1024), true)
      for _ = 1, 100 do file:write('0123456789') end
      file:flush()
      same(#assert(io.open(path)):read('a'), 1000)
      file:close()
    end
  end)

  test('names', function()
    local other = folder .. '/other.txt'
    assert(os.rename(path, other))
    same(io.open(path), nil); same(select(3, io.open(path)), 2)
    assert(os.remove(other))
    same(select(3, os.remove(other)), 2)
    same(select(2, io.open('/no/such/folder/x', 'w')):match('No such file') ~= nil, true)
  end)
end
