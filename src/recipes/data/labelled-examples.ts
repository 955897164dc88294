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

/**
 * The examples of every split that a recipe reads. With `data.perClass` those of train, and of validation, are drawn by
 * the run's seed; a validation without a source of its own comes out of train, behind the examples to train on.
 */
export async function readLabelled<Example extends {readonly label: number}>(
  recipe: Recipe,
  {read, classes}: LabelledReader<Example>,
): Promise<LabelledData<Example>> {
  const {data, seed} = recipe
  const {perClass, limit} = data
  const scored = scoredSplits(recipe)
  const held = data.validation === undefined && data.split === undefined && scored.includes('validation')

  const readSplit = (source: string, split: string) =>
    locateColumnFaults(splitKeys(data, split), () => read(source, split))
  const subset = async (
    source: string,
    split: string,
    counts: {train: number; validation?: number | undefined} | undefined,
  ) => {
    const all = await readSplit(source, split)
    if (!counts) return {train: all, validation: []}
    const labels = all.map(({label}) => label)
    const draw = random(seed).fork('subset')
    const drawn = await prefixFaults(source, () => drawPerClass(labels, counts, {random: draw, classes}))
    return {train: drawn.train.map(i => all[i]), validation: drawn.validation.map(i => all[i])}
  }
  const own = data.validation === undefined ? perClass : perClass && {train: perClass.train}
  const first = recipe.train || held ? await subset(data.train, 'train', own) : {train: [], validation: []}

  const examplesOf = async (split: string) => {
    if (split !== 'validation') return readSplit(data.test[split], split)
    if (held) return first.validation
    const count = perClass?.validation
    const drawn = await subset(splitFile(recipe, split), split, count === undefined ? undefined : {train: count})
    return drawn.train
  }
  const warnings: string[] = []
  const use = (split: string, examples: readonly Example[], most: number | undefined) => {
    const used = examples.slice(0, most)
    warnings.push(...missingClasses(split, used, {of: examples.length, classes}))
    return used
  }
  const train = recipe.train ? use('train', first.train, limit?.train) : []
  const splits: Record<string, readonly Example[]> = {}
  for (const split of scored) splits[split] = use(split, await examplesOf(split), limit?.test)
  return {train, splits, warnings}
}

/** Warns if classes have no example to train on, or if all that a split is scored on are of one class. */
function missingClasses(
  split: string,
  used: readonly {readonly label: number}[],
  {of, classes}: {readonly of: number; readonly classes: readonly string[]},
): readonly string[] {
  if (classes.length < 2) return []
  const isTrained = split === 'train'
  const found = new Set(used.map(({label}) => label))
  const missing = classes.filter((_, label) => !found.has(label))
  if (isTrained ? missing.length === 0 : found.size > 1) return []
  const key = `data.limit.${isTrained ? 'train' : 'test'}`
  const order = `${key} takes the first ${used.length} of ${of}, which may be sorted by class`
  const advice = used.length < of ? `; ${order}: shuffle them or raise the limit` : ''
  const what = isTrained
    ? `no example to train on of ${missing.length === 1 ? 'class' : 'classes'} ${listClasses(missing)}`
    : `every example is of class ${listClasses(classes.filter((_, label) => found.has(label)))}`
  return [`${split}: ${what}${advice}`]
}
