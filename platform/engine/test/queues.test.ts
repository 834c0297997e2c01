import { testQueueModel, testQueues, testSessions } from '@aloft/engine/testing'
import { sqlite } from './sqlite-backend.ts'

testQueues(sqlite)
testSessions(sqlite)
testQueueModel(sqlite)
