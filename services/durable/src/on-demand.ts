/** Durable Functions, loaded and opened with the first app that has them: most apps start sooner without. */
import type { ExtensionHost, FunctionsExtension } from '@aloft/kernel'
import type { Durable, DurableServiceOptions } from './functions/open-durable.ts'

export interface DurableOnDemand {
  readonly functions: FunctionsExtension
  /** Close it after the Functions host: what runs is then done again later. */
  close(): Promise<void>
}

const types = [
  'orchestrationtrigger',
  'activitytrigger',
  'entitytrigger',
  'durableclient',
  'orchestrationclient',
]

export function durableOnDemand(options: DurableServiceOptions): DurableOnDemand {
  let host: ExtensionHost | undefined
  let opening: Promise<Durable> | undefined
  const open = async () => {
    const { openDurable } = await import('./functions/open-durable.ts')
    const durable = await openDurable(options)
    if (host) durable.functions.attach?.(host)
    return durable
  }
  const opened = () => {
    opening ??= open()
    return opening
  }
  return {
    functions: {
      later: { types, load: async () => (await opened()).functions },
      webhooks: [
        {
          names: ['durabletask', 'DurableTaskExtension'],
          async handle(call, app) {
            const { functions } = await opened()
            await functions.webhooks?.[0]?.handle(call, app)
          },
        },
      ],
      attach(given) {
        host = given
      },
    },
    async close() {
      const durable = await opening?.catch(() => undefined)
      await durable?.close()
    },
  }
}
