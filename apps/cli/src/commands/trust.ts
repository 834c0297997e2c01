import { defineCommand, exitCodes } from '../command.ts'

export const trust = defineCommand({
  usage: 'trust',
  description: '',
  options: {},
  examples: [],
  maxOperands: 0,
  async run() {
    return exitCodes.ok
  },
})
