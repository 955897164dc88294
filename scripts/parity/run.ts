import {readdir, readFile} from 'node:fs/promises'
import {basename, dirname, join, relative} from 'node:path'
import {ioFault} from '../../src/base/fault.ts'
import {parseStrictObject} from '../../src/base/json.ts'
import type {Engine} from '../../src/engine/program.ts'
import {lookUp} from '../look-up.ts'
import {KINDS} from './index.ts'
import {passes} from './measure.ts'
import {caseLine, type Outcome, summary} from './text.ts'

export interface ParityOptions {
  readonly engine: Engine
  /** Receives the report, line by line. */
  readonly print: (line: string) => void
}

/**
 * Runs every case in or below `root`; the last line of the report counts them. Returns whether there are cases and all
 * pass.
 */
export async function parity(root: string, {engine, print}: ParityOptions): Promise<boolean> {
  const folders = await findCases(root)
  const names = folders.map(folder => relative(root, folder) || basename(folder))
  const width = Math.max(0, ...names.map(name => name.length))
  const outcomes: Outcome[] = []
  for (const [i, folder] of folders.entries()) {
    const outcome = await runCase(folder, names[i], engine)
    outcomes.push(outcome)
    print(caseLine(outcome, width))
  }
  for (const line of summary(outcomes, engine)) print(line)
  const failed = outcomes.filter(({passed}) => !passed).length
  print(`${outcomes.length - failed} passed, ${failed} failed`)
  return outcomes.length > 0 && failed === 0
}

/** Finds every folder in or below `root` with a case.json, sorted by name; links are followed. */
export async function findCases(root: string): Promise<string[]> {
  const files = await readdir(root, {recursive: true}).catch(error => Promise.reject(ioFault(root, error)))
  return files
    .filter(file => basename(file) === 'case.json')
    .map(file => join(root, dirname(file)))
    .sort()
}

/** Runs one case; an exception is a failure. */
export async function runCase(folder: string, name: string, engine: Engine): Promise<Outcome> {
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  let kind = 'unreadable'
  try {
    const file = join(folder, 'case.json')
    const golden = parseStrictObject(await readFile(file), file)
    kind = String(golden.kind)
    const check = lookUp('kind', KINDS, kind)
    const measures = await check(folder, golden as never, engine) // its kind determines a case's fields
    return {name, kind, measures, passed: measures.length > 0 && measures.every(passes), seconds: seconds()}
  } catch (error) {
    return {name, kind, measures: [], passed: false, error: messageOf(error, folder), seconds: seconds()}
  }
}

/** The error message without the folder, which the line already names. */
function messageOf(error: unknown, folder: string): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replaceAll(`${folder}/`, '').replaceAll(`${folder}: `, '')
}
