/** `aloft storage accounts`: the accounts of a data folder. */
import { UserError } from '@aloft/kernel'
import type { StorageService } from '@aloft/storage'
import { unknownWord } from '../unknown-word.ts'
import { withStorage } from './data.ts'
import type { DataCall } from './storage-call.ts'

type Verb = (storage: StorageService, name: string, call: DataCall) => Promise<void>

const verbs: Readonly<Record<string, Verb>> = {
  list: async (storage, _name, call) =>
    print(
      storage,
      storage.accounts.list().map(({ name }) => name),
      call,
    ),
  async create(storage, name, call) {
    await storage.accounts.create(name)
    print(storage, [name], call)
  },
  async rotate(storage, name, call) {
    const [, , which = 'key1'] = call.operands
    if (which !== 'key1' && which !== 'key2')
      throw new UserError(`An account has the keys key1 and key2, but no '${which}'`)
    await storage.accounts.rotate(name, which)
    print(storage, [name], call)
  },
  async delete(storage, name, call) {
    await storage.removeAccount(name)
    call.context.terminal.write(`Account ${name} is deleted, with all that it held.\n`)
  },
}

export async function accounts(call: DataCall): Promise<void> {
  const [word = 'list', name] = call.operands
  const verb = Object.hasOwn(verbs, word) ? verbs[word] : undefined
  if (!verb) throw unknownWord('storage accounts', word, Object.keys(verbs), 'Which accounts?')
  if (name === undefined && word !== 'list')
    throw new UserError('Which account?', { hint: `Usage: aloft storage accounts ${word} NAME` })
  await withStorage(call, (storage) => verb(storage, name ?? '', call))
}

/** Connection strings are for the default ports: a host that listens elsewhere prints its own. */
function print(storage: StorageService, names: readonly string[], { options, context }: DataCall): void {
  const list = names.map((name) => ({ name, connectionString: storage.connectionString(name) ?? '' }))
  if (options.json) {
    context.terminal.write(`${JSON.stringify(list, null, 2)}\n`)
    return
  }
  const { bold } = context.terminal.colors
  for (const { name, connectionString } of list)
    context.terminal.write(`${bold(name)}\n  ${connectionString}\n`)
}
