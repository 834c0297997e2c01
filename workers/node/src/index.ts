/** Where the worker is. What it says is in `@aloft/wire`; everything else of this package runs in its process. */
import { fileURLToPath } from 'node:url'

/** Entry file of the worker process, for `node [arguments of the user] FILE --host ...`. */
export const workerEntryPoint: string = fileURLToPath(new URL('main.ts', import.meta.url))
