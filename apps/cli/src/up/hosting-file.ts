/** The file that lists the apps of a host: `aloft.json` or `aloft.yaml`. */
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { ensureError, UserError } from '@aloft/kernel'
import { type Hosting, readHosting } from './hosting.ts'
import { parseJson } from './parse-json.ts'
import { type SourceNode, SourceText } from './source-node.ts'

const names = ['aloft.json', 'aloft.yaml', 'aloft.yml']

/**
 * Reads and checks the file at `path`, or the one in that folder.
 * @param directory absolute path that `path` and messages start from
 * @throws UserError naming file, line and column of the first mistake
 */
export async function loadHosting(path: string, directory: string): Promise<Hosting> {
  const file = await findFile(resolve(directory, path))
  const shown = relative(directory, file) || basename(file)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UserError(`${shown} cannot be read: ${ensureError(error).message}`, {
      location: { file: shown },
    })
  })
  const root = await parse(new SourceText(text.replace(/^\ufeff/, ''), shown), file)
  return readHosting(root, dirname(file))
}

async function parse(source: SourceText, file: string): Promise<SourceNode> {
  if (!/\.ya?ml$/i.test(file)) return parseJson(source)
  const { parseYaml } = await import('./parse-yaml.ts')
  return parseYaml(source)
}

async function findFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return path
  if (!found)
    throw new UserError(`${path} does not exist`, {
      hint: `Make ${names[0]} or ${names[1]}; see docs/several-apps.md.`,
    })
  const present: string[] = []
  for (const name of names) if (await isFile(join(path, name))) present.push(name)
  const [first, second] = present
  if (first !== undefined && second === undefined) return join(path, first)
  if (first === undefined)
    throw new UserError(`There is no ${names[0]} or ${names[1]} in ${path}`, {
      hint: "It lists the apps to run. One app alone runs with 'aloft start'.",
    })
  throw new UserError(`There are both ${first} and ${second} in ${path}`, {
    hint: `Name the one to use: aloft up ${first}.`,
  })
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}
