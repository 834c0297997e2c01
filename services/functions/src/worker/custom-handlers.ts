/** Starts the workers of apps that bring their own server. */
import type { WorkerLauncher } from '../contracts.ts'
import { CustomChannel } from './custom-channel.ts'
import { HandlerPorts, type PortSource } from './custom-ports.ts'

export interface CustomHandlersOptions {
  /** @default free ones */
  readonly ports?: PortSource
  /** Path of a PEM file with all authorities that handlers are to trust; undefined = those that they trust anyway. */
  readonly trustBundle?: (() => Promise<string>) | undefined
}

export function customHandlers({
  ports = new HandlerPorts(),
  trustBundle,
}: CustomHandlersOptions = {}): WorkerLauncher {
  return {
    launch(app, listener) {
      const { customHandler } = app.host
      if (!customHandler) throw new Error(`The app ${app.context.name} has no custom handler.`)
      const channel = new CustomChannel(app, customHandler, { ports, trustBundle }, listener)
      return { channel, initialized: channel.start() }
    },
  }
}
