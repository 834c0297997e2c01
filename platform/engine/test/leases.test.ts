import { testLeaseModel, testLeases } from '@aloft/engine/testing'
import { sqlite } from './sqlite-backend.ts'

testLeases(sqlite)
testLeaseModel(sqlite)
