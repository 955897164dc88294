import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {z} from 'zod'
import {parseObject} from '../../base/json.ts'
import {readText} from '../../base/read-file.ts'
import {predictionsFile} from '../../recipes/score-model.ts'
import type {Row} from '../../results/row.ts'
import type {Losses} from '../figures/suite-curves.ts'
import type {ItemResults} from '../suite-comparison.ts'

/**
 * Reads which items a run got right, for each column whose predictions are all in its folder: generated answers record it,
 * and predicted classes are compared with the labels. @throws Fault 'input' if a line is not JSON
 */
export async function readItemResults(folder: string, row: Row): Promise<ItemResults[]> {
  const found: ItemResults[] = []
  for (const [column, {n, metric = 'accuracy'}] of Object.entries(row.scores)) {
    if (metric !== 'accuracy') continue
    const right = await readCorrect(join(folder, predictionsFile(column)), n)
    if (right) found.push({row, column, right})
  }
  return found
}

/** Undefined if the file does not have all n items, as during an evaluation. An unfinished last line is ignored. */
async function readCorrect(file: string, n: number): Promise<Uint8Array | undefined> {
  const lines = ((await readText(file)) ?? '').split('\n').slice(0, -1)
  const right = new Uint8Array(n)
  const seen = new Set<unknown>()
  for (const [i, line] of lines.entries()) {
    const {index, correct, label, predicted} = parseObject(line, `${file}:${i + 1}`)
    if (typeof index !== 'number' || !(index in right) || seen.has(index)) return undefined
    seen.add(index)
    right[index] = (correct ?? label === predicted) ? 1 : 0
  }
  return seen.size === n ? right : undefined
}

/** Reads the losses in the last checkpoint of a run; none without checkpoints, or if the last is not of the last step. */
export async function readLosses(folder: string, row: Row): Promise<Losses[]> {
  const checkpoints = join(folder, 'checkpoints')
  const names = await readdir(checkpoints).catch(() => [])
  const last = names
    .filter(name => /^step-\d+(-scored)?$/.test(name))
    .sort()
    .at(-1)
  if (last === undefined) return []
  const file = join(checkpoints, last, 'state.json')
  const text = await readText(file).catch(() => undefined)
  const {data} = State.safeParse(text === undefined ? undefined : parseObject(text, file))
  return data?.losses.length === row.steps ? [{row, losses: data.losses}] : []
}

const State = z.object({losses: z.array(z.number())})

/** The processor and operating system in a run's environment.json; undefined without it. @throws Fault if it is damaged */
export async function readMachine(folder: string): Promise<string | undefined> {
  const file = join(folder, 'environment.json')
  const text = await readText(file)
  const {data} = Machine.safeParse(text === undefined ? undefined : parseObject(text, file))
  return data && `${data.cpu.trim()} (${data.platform})`
}

const Machine = z.object({cpu: z.string(), platform: z.string()})
