/** Checks of the machine: Node.js, disk, ports, certificates. */
import { access, constants, stat, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { Finding, Patient } from './finding.ts'

const oldestNode = 24
const scarceBytes = 1024 ** 3
const tooFewBytes = 100 * 1024 ** 2

export async function checkNode(): Promise<readonly Finding[]> {
  const check = 'Node.js'
  const major = Number(process.versions.node.split('.')[0])
  if (major >= oldestNode)
    return [{ check, level: 'ok', message: `${process.version} at ${process.execPath}` }]
  return [
    {
      check,
      level: 'fail',
      message: `${process.version} is too old`,
      mend: `Start Aloft with its own script, which brings Node.js ${oldestNode}, or install that.`,
    },
  ]
}

export async function checkDataDirectory({ dataDirectory }: Patient): Promise<readonly Finding[]> {
  const check = 'data folder'
  const existing = await nearestExisting(dataDirectory)
  const mend = 'Choose another folder with --data DIR, or mend its permissions.'
  if (!(await stat(existing)).isDirectory())
    return [{ check, level: 'fail', message: `${existing} is not a folder`, mend }]
  try {
    await access(existing, constants.W_OK)
  } catch {
    return [{ check, level: 'fail', message: `${existing} cannot be written`, mend }]
  }
  const isNew = existing !== dataDirectory
  return [{ check, level: 'ok', message: isNew ? `${dataDirectory} (made at first start)` : dataDirectory }]
}

export async function checkDisk({ dataDirectory }: Patient): Promise<readonly Finding[]> {
  const check = 'disk space'
  const { bavail, bsize } = await statfs(await nearestExisting(dataDirectory))
  const free = bavail * bsize
  const message = `${(free / 1024 ** 3).toFixed(1)} GiB free for the data folder`
  if (free >= scarceBytes) return [{ check, level: 'ok', message }]
  const mend = 'Free some space, or choose a folder on another disk with --data DIR.'
  return [{ check, level: free < tooFewBytes ? 'fail' : 'warn', message, mend }]
}

/** A port that Aloft is going to listen on. */
export interface WantedPort {
  readonly port: number
  /** What it is for. */
  readonly use: string
  /** What the user may do when it is taken, besides closing the other program. */
  readonly otherwise: string
}

export async function checkPorts(ports: readonly WantedPort[]): Promise<readonly Finding[]> {
  return Promise.all(
    ports.map(async ({ port, use, otherwise }): Promise<Finding> => {
      const check = `port ${port}`
      const problem = await bindProblem(port)
      if (problem === undefined) return { check, level: 'ok', message: `free, for ${use}` }
      return {
        check,
        level: 'warn',
        message: `${problem}; wanted for ${use}`,
        mend: `Close the other program${otherwise}.`,
      }
    }),
  )
}

export async function checkTrust({ dataDirectory, environment }: Patient): Promise<readonly Finding[]> {
  const check = 'TLS trust'
  const folder = join(dataDirectory, 'tls')
  const isMade = await stat(folder).then(
    () => true,
    () => false,
  )
  if (!isMade) return [{ check, level: 'ok', message: 'no authority yet; it is made when TLS is first used' }]
  const trusted = environment.NODE_EXTRA_CA_CERTS
  if (trusted?.startsWith(folder))
    return [
      { check, level: 'ok', message: 'programs started from this shell trust the local authority (Node.js)' },
    ]
  return [
    {
      check,
      level: 'ok',
      message: "apps in Aloft trust the local authority; for other programs see 'aloft trust'",
    },
  ]
}

function bindProblem(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'in use by another program' : error.message),
    )
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(undefined)))
  })
}

async function nearestExisting(path: string): Promise<string> {
  for (let current = path; ; current = dirname(current)) {
    const isThere = await stat(current).then(
      () => true,
      () => false,
    )
    if (isThere || dirname(current) === current) return current
  }
}
