import {mapValues} from '../../base/collections.ts'
import {prefixFaults} from '../../base/fault.ts'
import {listClasses} from '../../tasks/custom/class-names.ts'
import {drawPerClass} from '../../tasks/per-class.ts'
import {random} from '../../tensor/random.ts'
import type {Recipe} from '../file/schema.ts'
import {scoredSplits, splitFile, splitKeys} from '../file/splits.ts'
import {locateColumnFaults} from './column-faults.ts'

/** The examples that a classifier trains on, and those that it is scored on, by split. */
export interface LabelledData<Example> {
  readonly train: readonly Example[]
  readonly splits: Readonly<Record<string, readonly Example[]>>
  /** Warnings about classes without examples. */
  readonly warnings: readonly string[]
}

export interface LabelledReader<Example> {
  read(source: string, split: string): Promise<readonly Example[]>
  /** The names of the classes, by label; one in regression. */
  readonly classes: readonly string[]
}

/** The examples of every split that a recipe reads, as many as its limits allow. */
export async function readLabelled<Example extends Labelled>(
  recipe: Recipe,
  reader: LabelledReader<Example>,
): Promise<LabelledData<Example>> {
  const {limit} = recipe.data
  const all = await readSplits(recipe, reader)
  const train = all.train.slice(0, limit?.train)
  const splits = mapValues(all.splits, examples => examples.slice(0, limit?.test))
  const warningsOf = (split: string, used: readonly Example[], {length: of}: readonly Example[]) =>
    missingClasses(split, used, {of, classes: reader.classes})
  const warnings = [
    ...(recipe.train ? warningsOf('train', train, all.train) : []),
    ...scoredSplits(recipe).flatMap(split => warningsOf(split, splits[split], all.splits[split])),
  ]
  return {train, splits, warnings}
}

interface Labelled {
  readonly label: number
}

/**
 * Reads all splits. With `data.perClass` the examples of train, and of validation, are drawn by the run's seed; a validation
 * without a source of its own comes out of train, behind the examples to train on.
 */
async function readSplits<Example extends Labelled>(
  recipe: Recipe,
  reader: LabelledReader<Example>,
): Promise<Omit<LabelledData<Example>, 'warnings'>> {
  const {data} = recipe
  const {perClass} = data
  const scored = scoredSplits(recipe)
  const isHeldOut = data.validation === undefined && data.split === undefined && scored.includes('validation')
  const own = data.validation === undefined ? perClass : perClass && {train: perClass.train}
  const first = recipe.train || isHeldOut ? await drawFrom('train', own) : {train: [], validation: []}
  const splits: Record<string, readonly Example[]> = {}
  for (const split of scored) splits[split] = await examplesOf(split)
  return {train: recipe.train ? first.train : [], splits}

  async function examplesOf(split: string): Promise<readonly Example[]> {
    if (split !== 'validation') return readSplit(data.test[split], split)
    if (isHeldOut) return first.validation
    const count = perClass?.validation
    return (await drawFrom(split, count === undefined ? undefined : {train: count})).train
  }

  /** The examples of a split and, behind them, those to select by: so many of each class, or all to train on. */
  async function drawFrom(split: string, counts: Recipe['data']['perClass']) {
    const source = splitFile(recipe, split)
    const all = await readSplit(source, split)
    if (!counts) return {train: all, validation: []}
    const labels = all.map(({label}) => label)
    const draw = {random: random(recipe.seed).fork('subset'), classes: reader.classes}
    const drawn = await prefixFaults(source, () => drawPerClass(labels, counts, draw))
    return {train: drawn.train.map(i => all[i]), validation: drawn.validation.map(i => all[i])}
  }

  function readSplit(source: string, split: string): Promise<readonly Example[]> {
    return locateColumnFaults(splitKeys(data, split), () => reader.read(source, split))
  }
}

/** Warns if classes have no example to train on, or to be scored on without a limit, or if all are of one class. */
function missingClasses(
  split: string,
  used: readonly Labelled[],
  {of, classes}: {readonly of: number; readonly classes: readonly string[]},
): readonly string[] {
  if (classes.length < 2) return []
  const isTrained = split === 'train'
  const found = new Set(used.map(({label}) => label))
  const missing = classes.filter((_, label) => !found.has(label))
  if (missing.length === 0 || (!isTrained && found.size > 1 && used.length < of)) return []
  const key = `data.limit.${isTrained ? 'train' : 'test'}`
  const order = `${key} takes the first ${used.length} of ${of}, which may be sorted by class`
  const advice = used.length < of ? `; ${order}: shuffle them or raise the limit` : ''
  const what =
    !isTrained && found.size === 1
      ? `every example is of class ${listClasses(classes.filter((_, label) => found.has(label)))}`
      : `no example${isTrained ? ' to train on' : ''} of ${missing.length === 1 ? 'class' : 'classes'} ${listClasses(missing)}`
  return [`${split}: ${what}${advice}`]
}
