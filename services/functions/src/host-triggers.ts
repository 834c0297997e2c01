/** Triggers that nothing fires by itself: the host starts their functions when it is asked to. */
import type { TriggerExtension, TriggerListener } from '@aloft/kernel'

/** For functions that are only run by hand. Binding expressions may name the members of a JSON input. */
export const manualTrigger: TriggerExtension = {
  type: 'manualTrigger',
  listen: () => silentListener,
  manualInput: async (_context, input) => ({
    data: { string: input },
    bindingData: () => membersOf(input),
  }),
}

/** For the one function that `/admin/warmup` runs; it gets an empty object. */
export const warmupTrigger: TriggerExtension = {
  type: 'warmupTrigger',
  listen: () => silentListener,
  manualInput: async () => ({ data: { json: '{}' } }),
}

const silentListener: TriggerListener = {
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
}

function membersOf(input: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(input)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}
