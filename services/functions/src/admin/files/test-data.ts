/**
 * Test data: a text for each function with which the portal runs it. Kept beside the app, not in it, as by the host
 * (`FunctionMetadataExtensions`): `/home/data/Functions/sampledata/<function>.dat` there, in the data folder here.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isValidFunctionName } from '../../app/index.ts'

/** A longer text is only at its own URL (host `MaxTestDataInlineStringLength`). */
const maxInlineLength = 4096

export function testDataFile(folder: string, functionName: string): string {
  return join(folder, `${functionName}.dat`)
}

/** '' when there is none; null when it is too long to be part of an answer. */
export async function readTestData(folder: string, functionName: string): Promise<string | null> {
  try {
    const text = await readFile(testDataFile(folder, functionName), 'utf8')
    return text.length > maxInlineLength ? null : text
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

export async function writeTestData(folder: string, functionName: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(testDataFile(folder, functionName), text)
}

export async function removeTestData(folder: string, functionName: string): Promise<void> {
  await rm(testDataFile(folder, functionName), { force: true })
}

/** Whether `path` is where test data of a function is. */
export function isTestData(folder: string, path: string): boolean {
  return dirname(path) === folder && path.endsWith('.dat') && isValidFunctionName(basename(path, '.dat'))
}

/** Whoever follows the URL of test data that nobody has written finds it empty. */
export async function ensureTestData(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, '', { flag: 'a' })
}
