-- Reports for wrk: each at another place of the city, with words of several categories.
-- Usage: wrk -t1 -c24 -d30s --latency -s bench/reports.lua http://127.0.0.1:8000/api/v1/reports
local texts = {
  "路口的井盖不见了,很危险", "路灯不亮,晚上走路看不见", "电线掉下来垂到人行道上了",
  "垃圾堆了好几天没人收", "电线杆歪了快要倒了", "路面破了一个大坑", "井盖被车压得咣当响",
  "共享单车乱停堵住盲道", "树枝断了横在路上", "下水道堵了污水冒出来",
}
local refused = 0

function init()
  math.randomseed(os.time())
end

function request()
  local longitude = 109.30 + math.random() * 0.26
  local latitude = 24.25 + math.random() * 0.14
  local body = string.format(
    '{"description": "%s", "longitude": %.6f, "latitude": %.6f, "contact_phone": "13800000000"}',
    texts[math.random(#texts)], longitude, latitude)
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
end

function response(status)
  if status ~= 201 then refused = refused + 1 end
end

function done(summary, latency)
  io.write(string.format("answered 201: %d, other: %d\n", summary.requests - summary.errors.status,
    summary.errors.status))
end
