import { defineCommand, exitCodes } from '../command.ts'

export const start = defineCommand({
  usage: 'start',
  description: '',
  options: {},
  examples: [],
  maxOperands: 0,
  async run() {
    return exitCodes.ok
  },
})
