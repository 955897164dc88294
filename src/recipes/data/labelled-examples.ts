import {prefixFaults} from '../../base/fault.ts'
import {drawPerClass} from '../../tasks/per-class.ts'
import {random} from '../../tensor/random.ts'
import type {Recipe} from '../file/schema.ts'
import {scoredSplits, splitFile, splitKeys} from '../file/splits.ts'
import {locateColumnFaults} from './generation-examples.ts'

/** The examples that a classifier trains on, and those that it is scored on, by split. */
export interface LabelledData<Example> {
  readonly train: readonly Example[]
  readonly splits: Readonly<Record<string, readonly Example[]>>
}

export interface LabelledReader<Example> {
  read(source: string, split: string): Promise<readonly Example[]>
  /** The names of the classes, for few-shot subsets. */
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
  const splits: Record<string, readonly Example[]> = {}
  for (const split of scored) splits[split] = (await examplesOf(split)).slice(0, limit?.test)
  return {train: recipe.train ? first.train.slice(0, limit?.train) : [], splits}
}
