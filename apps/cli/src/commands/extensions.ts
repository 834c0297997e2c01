/** `aloft extensions`: words of `func` for what Aloft does not need. */
import { defineCommand, exitCodes } from '../command.ts'

export const extensions = defineCommand({
  usage: 'extensions [install|sync|...]',
  description: [
    'Azure runs triggers and bindings from .NET packages, or from the extension bundle that host.json names. Aloft',
    'has its own, built in: there is nothing to install, and this command does nothing.',
  ].join('\n'),
  options: {
    package: { kind: 'text', short: 'p', summary: '', isIgnored: true },
    version: { kind: 'text', short: 'v', summary: '', isIgnored: true },
    source: { kind: 'text', short: 's', summary: '', isIgnored: true },
    output: { kind: 'text', short: 'o', summary: '', isIgnored: true },
    configPath: { kind: 'text', short: 'c', summary: '', isIgnored: true },
    csx: { kind: 'flag', summary: '', isIgnored: true },
    force: { kind: 'flag', short: 'f', summary: '', isIgnored: true },
  },
  examples: [['aloft extensions install', 'Says that there is nothing to install']],
  maxOperands: 2,
  async run(_, { terminal }) {
    terminal.write('Nothing to install: triggers and bindings are built into Aloft.\n')
    return exitCodes.ok
  },
})
