-- What wrk posts: each request a contact of its own, signed by the key in the variable GATEWAY_KEY. Prints its figures as JSON.
local threads, sent = 0, 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  key = "Bearer " .. os.getenv("GATEWAY_KEY")
end

function request()
  sent = sent + 1
  local contact = number .. "-" .. sent
  local body = '{"specversion":"1.0","id":"' .. contact .. '/offered","source":"bench","type":"cc.contact.offered.v1",'
    .. '"time":"2026-03-02T09:00:00.000Z","datacontenttype":"application/json","data":{"contact_id":"' .. contact
    .. '","queue":"billing","channel":"chat","issue_id":"i-' .. contact .. '","groups":["vip"],"tags":["invoice","refund"]}}'
  return wrk.format("POST", "/cloudevents", {["Authorization"] = key, ["Content-Type"] = "application/cloudevents+json"}, body)
end

function done(summary, latency, requests)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  print(string.format('{"requests":%d,"microseconds":%d,"wrong":%d,"p50":%d,"p99":%d,"longest":%d}', summary.requests, summary.duration,
    wrong, latency:percentile(50), latency:percentile(99), latency.max))
end
