import {readFile} from 'node:fs/promises'
import {basename, join, relative} from 'node:path'
import {parseStrictObject} from '../../src/base/json.ts'
import type {Engine} from '../../src/engine/program.ts'
import {KINDS} from './index.ts'
import {passes} from './measure.ts'
import {caseLine, type Outcome, summary} from './text.ts'
import {findCases} from './walk.ts'
import {lookUp} from './words.ts'

export interface ParityOptions {
  readonly engine: Engine
  /** Takes the report, a line at a time. */
  readonly print: (line: string) => void
}

/** Runs every case at or below `root`; the report's last line counts them. Answers whether there are some and all pass. */
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

/** Judges one case; whatever it throws is its failure. */
export async function runCase(folder: string, name: string, engine: Engine): Promise<Outcome> {
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  let kind = 'unreadable'
  try {
    const file = join(folder, 'case.json')
    const golden = parseStrictObject(await readFile(file), file)
    kind = String(golden.kind)
    const check = lookUp('kind', KINDS, kind)
    const measures = await check(folder, golden as never, engine) // a case's form is its kind's promise
    return {name, kind, measures, passed: measures.length > 0 && measures.every(passes), seconds: seconds()}
  } catch (error) {
    return {name, kind, measures: [], passed: false, error: messageOf(error, folder), seconds: seconds()}
  }
}

/** What went wrong, without the folder that the line names already. */
function messageOf(error: unknown, folder: string): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replaceAll(`${folder}/`, '').replaceAll(`${folder}: `, '')
}
