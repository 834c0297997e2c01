/** bench/RESULTS.md: one page, machine facts on top, one section a benchmark, each rewritten by its own run. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

const resultsFile = new URL('../RESULTS.md', import.meta.url)

const preface = `# Measurements

Written by \`./aloft bench NAME\`; each benchmark replaces its own section. Numbers compare only within a section:
everything in one section was measured in one run on one machine.`

/** What a reader must know of the machine to judge a number. */
export interface MachineFacts {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
}

export function machineFacts(): MachineFacts {
  return {
    cpu: cpus()[0]?.model.trim() ?? process.arch,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
  }
}

/**
 * Replaces the section `## {section}` of bench/RESULTS.md by `markdown`, stamped with day, commit and machine; a
 * new section goes to the end. `markdown` may hold headings of level 3 and below only.
 */
export function writeResults(section: string, markdown: string): void {
  const facts = machineFacts()
  const day = new Date().toISOString().slice(0, 10)
  const stamp = `Measured ${day} at ${commit()} on ${facts.cores} cores of ${facts.cpu}, Node.js ${facts.node}.`
  const page = replaceSection(readPage(), section, `${stamp}\n\n${markdown}`)
  writeFileSync(resultsFile, replaceFacts(page, facts))
}

/** The page with one section replaced or added; the other sections stay as they are. */
export function replaceSection(page: string, section: string, markdown: string): string {
  if (/^##? /m.test(markdown)) {
    throw new Error(`section '${section}' of RESULTS.md holds a heading of level 1 or 2; use ### and below`)
  }
  const parts = page.split(/^(?=## )/m).map((part) => part.trim())
  const heading = `## ${section}`
  const text = `${heading}\n\n${markdown.trim()}`
  const index = parts.findIndex((part) => part.split('\n', 1)[0] === heading)
  if (index === -1) parts.push(text)
  else parts[index] = text
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

/** The page with everything before its first section replaced by the preface and the facts of this machine. */
export function replaceFacts(page: string, facts: MachineFacts): string {
  const table = [
    '| machine of the last run | |',
    '|---|---|',
    `| CPU | ${facts.cpu} |`,
    `| cores | ${facts.cores} |`,
    `| memory | ${facts.memoryGiB} GiB |`,
    `| system | ${facts.system} |`,
    `| Node.js | ${facts.node} |`,
  ].join('\n')
  const sections = page.split(/^(?=## )/m).filter((part) => part.startsWith('## '))
  return `${[preface, table, ...sections.map((part) => part.trim())].join('\n\n')}\n`
}

function readPage(): string {
  try {
    return readFileSync(resultsFile, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** The commit that was measured, marked when the tree differs from it; without git, the word for that. */
function commit(): string {
  const args = ['describe', '--always', '--abbrev=8', '--exclude=*', '--dirty=+changes']
  try {
    return execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return 'an unknown commit'
  }
}
