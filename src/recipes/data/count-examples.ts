import {extname} from 'node:path'
import {sum} from '../../base/collections.ts'
import {unlessFault} from '../../base/fault.ts'
import {parseJson} from '../../base/json.ts'
import {readText} from '../../base/read-file.ts'
import {linesOf} from '../../base/text/lines.ts'
import {openTable} from '../../data/parquet/table.ts'
import {readRecords} from '../../data/read-records.ts'
import {findShards} from '../../data/shards.ts'
import {readPart} from '../../tasks/custom/read-part.ts'
import type {AnyTask} from '../../tasks/task.ts'
import type {Recipe} from '../file/schema.ts'
import {partOf, scoredSplits} from '../file/splits.ts'
import {taskOf} from '../file/task-of.ts'
import {knownSize} from './known-sizes.ts'

export interface ExampleCounts {
  readonly train: number | undefined
  /** The number of each split, including the one that decides which epoch is best. */
  readonly score: Readonly<Record<string, number | undefined>>
}

/** Counts the examples that a recipe trains on and scores: by the table of published sizes, or by reading the files. */
export async function countExamples(recipe: Recipe, classes: number | undefined): Promise<ExampleCounts> {
  const {data} = recipe
  const {perClass, limit} = data
  const examplesOf = async (split: string) => {
    if (partOf(recipe, split)) return countPart(recipe, split)
    if (split !== 'validation') return examplesIn(data.test[split], recipe)
    const {validation} = data
    return (
      drawn(perClass?.validation, classes) ?? (validation === undefined ? undefined : examplesIn(validation, recipe))
    )
  }
  const score = scoredSplits(recipe).map(async split => [split, least(await examplesOf(split), limit?.test)] as const)
  return {train: await countTrainExamples(recipe, classes), score: Object.fromEntries(await Promise.all(score))}
}

/** The number of examples to train on; undefined if it is unknown or nothing is trained. */
export async function countTrainExamples(recipe: Recipe, classes: number | undefined): Promise<number | undefined> {
  const {data, train} = recipe
  const {perClass, limit} = data
  if (!train) return undefined
  const count = drawn(perClass?.train, classes) ?? remaining(await countPart(recipe, 'train'), train.heldOut)
  return least(count, limit?.train)
}

/** The number of examples of a split of the training data. */
async function countPart(recipe: Recipe, split: string): Promise<number | undefined> {
  const {train, split: cut} = recipe.data
  if (cut && 'column' in cut) return unlessFault(async () => (await readPart(train, {part: {split, cut}})).length)
  const count = await examplesIn(train, recipe)
  if (!cut || count === undefined) return count
  const {validation = 0, test = 0} = cut
  const [forValidation, forTest] = [Math.round(validation * count), Math.round(test * count)]
  if (split === 'train') return count - forValidation - forTest
  return split === 'test' ? forTest : forValidation
}

const drawn = (perEach: number | undefined, classes: number | undefined) =>
  perEach && classes ? perEach * classes : undefined

const remaining = (count: number | undefined, heldOut: number) => (count === undefined ? undefined : count - heldOut)

const least = (count: number | undefined, limit: number | undefined) =>
  count === undefined ? undefined : Math.min(count, limit ?? count)

/**
 * Undefined for a file that is missing or cannot be read, which the run itself reports, and for documents that are packed into
 * examples, whose number depends on the tokenizer.
 */
async function examplesIn(source: string, recipe: Recipe): Promise<number | undefined> {
  const task = taskOf(recipe)
  if (task.kind === 'language' && task.isPacked) return undefined
  return knownSize(source)?.examples ?? countRead(source, task).catch(() => undefined)
}

async function countRead(source: string, task: AnyTask): Promise<number | undefined> {
  if (task.kind === 'images') return (await task.readExamples(source)).images.length
  return COUNTED[extname(source)]?.(source, task)
}

const COUNTED: Readonly<Record<string, (file: string, task: AnyTask) => Promise<number | undefined>>> = {
  '.json': file =>
    countIn(file, text =>
      text.trimStart().startsWith('[') ? (parseJson(text, file) as unknown[]).length : countLines(text),
    ),
  '.jsonl': file => countIn(file, countLines),
  '.tsv': (file, task) => countIn(file, text => countLines(text) - (hasHeader(task) ? 1 : 0)),
  '.csv': async file => (await readRecords(file)).length,
  '.parquet': async path => {
    const tables = await Promise.all((await findShards(path)).map(openTable))
    return sum(tables.flatMap(({groups}) => groups).map(({rows}) => rows))
  },
}

/** Whether the first line of the task's TSV files names the columns. */
const hasHeader = (task: AnyTask) => task.kind !== 'texts' || task.columns === undefined

async function countIn(file: string, count: (text: string) => number): Promise<number | undefined> {
  const text = await readText(file)
  return text === undefined ? undefined : count(text)
}

function countLines(text: string): number {
  let count = 0
  for (const line of linesOf(text)) if (line.trim() !== '') count++
  return count
}
