import { defineCommand, exitCodes } from '../command.ts'

export const demo = defineCommand({
  usage: 'demo',
  description: '',
  options: {},
  examples: [],
  maxOperands: 0,
  async run() {
    return exitCodes.ok
  },
})
