import { testDatabase } from '@aloft/engine/testing'
import { sqlite } from './sqlite-backend.ts'

testDatabase(sqlite)
