/** `aloft storage start`: Blob, Queue and Table Storage alone, as Azurite is used. */
import { openAuthority, UserError } from '@aloft/kernel'
import { openEmbeddedIdentity } from '../embedded-identity.ts'
import { openEmbeddedStorage } from '../embedded-storage.ts'
import { readIdentitySettings } from '../identity-options.ts'
import { aborted } from '../start/platform-end.ts'
import { readStorageSettings } from '../start/storage-settings.ts'
import { renderStorage } from '../storage-summary.ts'
import { openData, warnings } from './data.ts'
import type { DataCall } from './storage-call.ts'

export async function serve(call: DataCall): Promise<void> {
  const { context, directory, options } = call
  const { clock, environment, terminal } = context
  const settings = readStorageSettings(options)
  if (!settings) return
  const stop = context.stopSignal()
  const log = warnings(call)
  await using stack = new AsyncDisposableStack()
  const engine = stack.adopt(await openData(call, log), (each) => each.close())
  const authority = await openAuthority(directory, clock)
  const tls = () => {
    // What is reached here over TLS is named by its https address, and this process may be sent to it.
    authority.trustHere()
    return authority.tlsOptions()
  }
  const identitySettings = readIdentitySettings(options)
  const identity =
    identitySettings &&
    stack.adopt(
      await openEmbeddedIdentity({
        dataDirectory: directory,
        clock,
        log,
        environment,
        tls,
        settings: identitySettings,
        hasStorage: () => true,
      }),
      (each) => each.close(),
    )
  const storage = await openEmbeddedStorage({
    engine,
    clock,
    log,
    environment,
    tls,
    settings,
    issuer: identity,
  })
  if (!storage)
    throw new UserError('The ports of Storage are in use', {
      hint: 'End what listens there, or choose others: --storage-ports 11000,11001,11002.',
    })
  stack.adopt(storage, (each) => each.close())
  terminal.write(renderStorage(storage))
  const service = await storage.service()
  for (const { name } of service.accounts.list())
    terminal.write(`Account ${name}: ${service.connectionString(name)}\n`)
  if (identity) terminal.write(`Tokens: ${identity.origin}\n`)
  terminal.write(`Data: ${directory}\nCtrl+C ends it.\n`)
  await aborted(stop)
}
