/** The way in to everything of gRPC, which is loaded only when a server is opened. */
import type { GrpcServer, GrpcServerOptions } from './server.ts'

/**
 * Serves task hubs to Durable Task SDKs.
 * @throws UserError when the port is in use
 */
export async function openGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { GrpcServer } = await import('./server.ts')
  return await GrpcServer.open(options)
}
