/** What a storage service or the way to it said, in words for the user. */
import { UserError } from '@aloft/kernel'

interface RestErrorLike {
  readonly name: string
  readonly code?: string
  readonly statusCode?: number
  readonly message: string
}

/** Runs `action`; a refusal of the service becomes a UserError with its code and its first line. */
export async function asking<Result>(action: () => Promise<Result>): Promise<Result> {
  try {
    return await action()
  } catch (error) {
    throw inWords(error)
  }
}

function inWords(error: unknown): unknown {
  if (!isRestError(error)) return error
  if (error.code === 'ECONNREFUSED' || error.code === 'REQUEST_SEND_ERROR')
    return new UserError('No storage answers at the address of this account', {
      hint: "Start it with 'aloft storage start' (or an app with 'aloft start'), or name another with --connection.",
      cause: error,
    })
  return new UserError(textOf(error), { cause: error })
}

/** The code and the first line of what the service said: XML that the SDK has read, or a table's JSON. */
function textOf({ message, code }: RestErrorLike): string {
  const table = /"code":"(\w+)".*"value":"(.*?)(?:\\n|")/.exec(message)
  if (table) return `${table[1]}: ${table[2]}`
  const [line = ''] = message.split('\n')
  if (!code) return line
  return line.startsWith('Unexpected status code') ? code : `${code}: ${line}`
}

function isRestError(error: unknown): error is RestErrorLike {
  return error instanceof Error && error.name === 'RestError'
}
