/** Whether the host has what it needs (host.json `healthMonitor`). */
export { readCounters } from './counters.ts'
export { HealthMonitor, type HealthReport, type MonitoredApp } from './health-monitor.ts'
