/** Starts the workers of apps that bring their own server. */
import type { WorkerLauncher } from '../contracts.ts'
import { CustomChannel } from './custom-channel.ts'
import { HandlerPorts, type PortSource } from './custom-ports.ts'

export function customHandlers(ports: PortSource = new HandlerPorts()): WorkerLauncher {
  return {
    launch(app, listener) {
      const { customHandler } = app.host
      if (!customHandler) throw new Error(`The app ${app.context.name} has no custom handler.`)
      const channel = new CustomChannel(app, customHandler, ports, listener)
      return { channel, initialized: channel.start() }
    },
  }
}
