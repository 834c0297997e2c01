/**
 * The layering rule and the shape rules that no linter knows: arrows point `apps -> services -> platform`,
 * nobody reaches into another room's files, time comes from the kernel's clock, files stay short.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const maxLines = 600

/** Which rooms a room may import. A room is the two leading path segments, e.g. `services/functions`. */
const allowed: Record<string, readonly string[]> = {
  'platform/wire': [],
  'platform/kernel': ['platform/wire'],
  'platform/engine': ['platform/kernel'],
  services: ['platform/kernel', 'platform/engine', 'platform/wire'],
  workers: ['platform/wire'],
  apps: ['platform/', 'services/'],
  bench: ['platform/', 'services/', 'apps/'],
  // Their tests run them.
  samples: ['apps/cli', 'platform/kernel'],
  tools: [],
}

/** The only files that may touch the process's own clock, timers or randomness. */
const clockOwners = [
  /^platform\/(kernel\/src\/clock|wire\/src\/ids)\.ts$/,
  /^bench\//,
  /^tools\//,
  /\/test\//,
  /^workers\/.*\/src\//,
]
const forbidden = /\b(Date\.now\(|new Date\(\)|setTimeout\(|setInterval\(|Math\.random\()/

const packageRooms = new Map(
  listFiles('*package.json')
    .filter((file) => /^[a-z]+\/[a-z-]+\/package\.json$/.test(file))
    .map((file) => [JSON.parse(readFileSync(file, 'utf8')).name as string, dirname(file)]),
)

const problems = listFiles('*.ts', '*.tsx')
  .filter((file) => !file.includes('/fixtures/'))
  .flatMap(checkFile)
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log('layers: every arrow points down')

function checkFile(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const lines = text.split('\n')
  const room = roomOf(file)
  const found: string[] = []
  if (lines.length > maxLines) found.push(`${file}: ${lines.length} lines; split it (at most ${maxLines})`)
  const ownsClock = clockOwners.some((pattern) => pattern.test(file))
  lines.forEach((line, index) => {
    const at = `${file}:${index + 1}`
    const specifier = /(?:from|import)\s*\(?\s*'([^']+)'/.exec(line)?.[1]
    if (specifier) found.push(...checkImport(at, file, room, specifier))
    if (!ownsClock && forbidden.test(line) && !/^\s*(\*|\/\/)/.test(line)) {
      found.push(`${at}: time and randomness come from the kernel's clock and ids: ${line.trim()}`)
    }
  })
  return found
}

function checkImport(at: string, file: string, room: string, specifier: string): string[] {
  if (specifier.startsWith('.')) {
    const target = roomOf(relative('.', join(dirname(file), specifier)))
    return target === room ? [] : [`${at}: reaches into ${target}; import its package instead`]
  }
  const name = specifier.split('/').slice(0, 2).join('/')
  const target = packageRooms.get(name)
  if (!target || target === room) return []
  if (specifier !== name && !/\/(testing|on-demand|http|trace)$/.test(specifier))
    return [`${at}: reaches into ${name}; import its index`]
  const rules = allowed[room] ?? allowed[room.split('/')[0]!] ?? []
  const isTest = file.includes('/test/')
  if (rules.some((rule) => target.startsWith(rule)) || (isTest && target.startsWith('platform/'))) return []
  return [`${at}: ${room} may not import ${target}`]
}

function roomOf(file: string): string {
  const [top = '', second = ''] = file.split('/')
  return ['platform', 'services', 'workers', 'apps'].includes(top) ? `${top}/${second}` : top
}

function listFiles(...patterns: string[]): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns]
  return [...new Set(execFileSync('git', args, { encoding: 'utf8' }).split('\n').filter(Boolean))]
}
