/** `--inspect` and its kin among the arguments for `node`: the host shares their ports out, not node. */

/** What a debugger is to find. */
export interface InspectorEndpoint {
  readonly host: string
  /** Of the first process; further ones count up. 0 = for each process any free one. */
  readonly port: number
  /** `wait`: the app is loaded when a debugger is there; `break`: then it pauses at its first line, too. */
  readonly mode: 'run' | 'wait' | 'break'
}

const modes = { '--inspect': 'run', '--inspect-wait': 'wait', '--inspect-brk': 'break' } as const
const portOptions = ['--inspect-port', '--debug-port']
const defaultHost = '127.0.0.1'
const defaultPort = 9229

/**
 * Takes the debugger's options out of `nodeArguments`: `--inspect[=[HOST:]PORT]`, `--inspect-wait`, `--inspect-brk`,
 * `--inspect-port`. What cannot be understood stays, for node to complain about.
 */
export function splitInspectorArguments(nodeArguments: readonly string[]): {
  readonly inspector: InspectorEndpoint | undefined
  readonly rest: readonly string[]
} {
  const rest: string[] = []
  let mode: InspectorEndpoint['mode'] | undefined
  let address: { readonly host: string; readonly port: number } = { host: defaultHost, port: defaultPort }
  for (const argument of nodeArguments) {
    const [name = '', value] = argument.split('=', 2)
    const ownMode = Object.hasOwn(modes, name) ? modes[name as keyof typeof modes] : undefined
    const parsed = value === undefined ? address : parseAddress(value)
    if (!parsed || !(ownMode || (portOptions.includes(name) && value !== undefined))) {
      rest.push(argument)
      continue
    }
    address = parsed
    mode = ownMode ?? mode
  }
  return { inspector: mode && { ...address, mode }, rest }
}

/** `PORT`, `HOST`, `HOST:PORT`, `[IPV6]:PORT`; undefined when it is none of them. */
function parseAddress(text: string): { host: string; port: number } | undefined {
  if (/^\d{1,5}$/.test(text)) return checkPort(defaultHost, Number(text))
  const [, host = '', port] = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? []
  return host === '' ? undefined : checkPort(host.replace(/[[\]]/g, ''), Number(port ?? defaultPort))
}

function checkPort(host: string, port: number): { host: string; port: number } | undefined {
  return port <= 65_535 ? { host, port } : undefined
}
