import { defineCommand, exitCodes } from '../command.ts'

export const doctor = defineCommand({
  usage: 'doctor',
  description: '',
  options: {},
  examples: [],
  maxOperands: 0,
  async run() {
    return exitCodes.ok
  },
})
