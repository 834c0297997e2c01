-- Lets wrk send one fixed request and end in one line of JSON (LoadReport in load.ts).
-- Arguments behind `--`: the method, the body.

function init(args)
  wrk.method = args[1]
  if args[2] ~= "" then wrk.body = args[2] end
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  print(string.format(
    '{"requests":%d,"failures":%d,"seconds":%.6f,"p50Ms":%.3f,"p99Ms":%.3f,"cpuMs":%.0f}',
    summary.requests - errors.status, failures, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, os.clock() * 1000
  ))
end
