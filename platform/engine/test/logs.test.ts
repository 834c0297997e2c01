import { testLogModel, testLogs } from '@aloft/engine/testing'
import { sqlite } from './sqlite-backend.ts'

testLogs(sqlite)
testLogModel(sqlite)
