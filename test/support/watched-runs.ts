import {mkdirSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {withoutSet} from '../../src/recipes/file/change-recipe.ts'
import type {Recipe} from '../../src/recipes/file/schema.ts'
import {writeRow} from '../../src/results/results-file.ts'
import type {PageServer} from '../../src/watch/page-server.ts'
import {exampleRow} from './rows.ts'

const METHODS = ['svft', 'lora', 'dora', 'vera', 'boft'] as const

/** Writes the folder of a finished run, with its row and the losses of its 200 steps; its name has its number. */
export async function writeFinishedRun(runs: string, i: number, {seeds = 20} = {}): Promise<string> {
  const [method, entry, seed] = [METHODS[Math.floor(i / seeds) % METHODS.length], Math.floor(i / seeds), i % seeds]
  const recipe = `suite/mini/${method}-${entry}`
  const hash = i.toString(16).padStart(8, '0')
  const folder = join(runs, `${recipe.replaceAll('/', '-')}-${hash}-s${seed}`)
  const score = 0.4 + 0.01 * (entry % 30) + 0.002 * (seed % 7)
  const losses = Array.from({length: 200}, (_, step) => 2 / (1 + step / (10 + entry)) + 0.1 * Math.sin(step + seed))
  const settings = `r=${entry}`
  const params = 1000 + 137 * entry
  const scores = {test: {score, n: 1000}, other: {score: score / 2, n: 500}}
  write(join(folder, 'checkpoints/step-000200/state.json'), JSON.stringify({losses}))
  await writeRow(folder, exampleRow({recipe, hash, method, settings, params, scores, seed, steps: losses.length}))
  return folder
}

/** Writes the folder of a run that has not finished, with its recipe and a log of its first steps. */
export function writeOpenRun(runs: string, recipe: Recipe, {steps}: {readonly steps: number}): string {
  const folder = join(runs, `${recipe.name.replaceAll('/', '-')}-0123abcd-s${recipe.seed}`)
  write(join(folder, 'recipe.json'), JSON.stringify(withoutSet(recipe)))
  write(join(folder, 'metrics.jsonl'), Array.from({length: steps}, (_, i) => logLine(i + 1)).join(''))
  return folder
}

/** A line of a run's log. */
export const logLine = (step: number): string =>
  `${JSON.stringify({step, steps: 100, loss: 3 / (1 + step / 20), lr: 1e-3, gradNorm: 1, tokens: 8, seconds: 2})}\n`

/** Closes a page and reads its last state as an open browser does, for which the server waits if it was asked lately. */
export async function closePage(page: PageServer): Promise<void> {
  const closed = page.close()
  await fetch(`${page.url}state.json?look=light`).catch(() => {}) // of a server that did not wait
  await closed
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), {recursive: true})
  writeFileSync(file, text)
}
