import { testBlobs } from '@aloft/engine/testing'
import { sqlite } from './sqlite-backend.ts'

testBlobs(sqlite)
