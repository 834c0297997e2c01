export { type GrpcServer, type GrpcServerOptions, openGrpcServer } from './server.ts'
