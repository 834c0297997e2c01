import {
  testBlobs,
  testDatabase,
  testLeaseModel,
  testLeases,
  testLogModel,
  testLogs,
  testQueueModel,
  testQueues,
  testSessions,
} from '@aloft/engine/testing'
import { sqlite } from './sqlite-backend.ts'

testDatabase(sqlite)
testQueues(sqlite)
testSessions(sqlite)
testQueueModel(sqlite)
testLogs(sqlite)
testLogModel(sqlite)
testLeases(sqlite)
testLeaseModel(sqlite)
testBlobs(sqlite)
