import {Fault} from '../../base/fault.ts'
import {nameOf} from '../../images/source.ts'
import {keptText, tokenLimit} from '../../tasks/encode.ts'
import {openTask} from '../../tasks/open-task.ts'
import type {EncodedExamples, Example, GenerationTask, ImageTask, LanguageTask, TextTask} from '../../tasks/task.ts'
import {IGNORED} from '../../tensor/cross-entropy.ts'
import {openTokenizer, type Tokenizer} from '../../tokenizer/tokenizer.ts'
import {openBlueprint} from '../blueprint.ts'
import {locateColumnFaults} from '../data/column-faults.ts'
import {dropHeldOut} from '../data/held-out.ts'
import {readLabelled} from '../data/labelled-examples.ts'
import {locateData} from '../data/locate-sources.ts'
import {modelForTask} from '../data/model-for-task.ts'
import {readTexts, textLimit, textsOf} from '../data/text-data.ts'
import type {Recipe, RecipeTraining} from '../file/schema.ts'
import {partOf} from '../file/splits.ts'
import {taskOf} from '../file/task-of.ts'
import type {Blueprint} from '../opened-model.ts'

/** A part of an example's text, and whether its tokens count for the loss. */
export interface ExamplePart {
  readonly text: string
  readonly counts: boolean
}

/** The first training example as the model reads it. */
export interface FirstExample {
  /** Its source: `file:line`. */
  readonly where: string
  /** Its tokens as text, special ones included; none for an image. */
  readonly parts: readonly ExamplePart[]
  readonly tokens: number
  /** The number of tokens that count for the loss of a language model. */
  readonly counted?: number
  /** The label of a classifier, with the name of its class if it has one. */
  readonly label?: {readonly value: number; readonly name?: string | undefined}
  /** What was truncated. */
  readonly warnings: readonly string[]
}

/** Reads the first example that a recipe trains on; the model's weights are not read. @throws Fault 'usage' for method none */
export async function readFirstExample(written: Recipe): Promise<FirstExample> {
  const {train} = written
  if (!train) throw new Fault('usage', `${written.name}: method none trains on no example`)
  const alone: Recipe = {
    ...written,
    data: {...written.data, limit: {train: 1}},
    train: {...train, keepBy: undefined},
    evaluate: {...written.evaluate, splits: []},
  }
  const recipe = {...alone, data: await locateData(alone)}
  const blueprint = await openBlueprint(written)
  const task = taskOf(recipe)
  if (task.kind === 'images') return firstImage(task, recipe)
  if (task.kind === 'texts') return firstText(task, {recipe, train, blueprint})
  return firstContinuation(task, {recipe, train, blueprint})
}

interface FirstExampleParts {
  readonly recipe: Recipe
  readonly train: RecipeTraining
  readonly blueprint: Blueprint
}

async function firstContinuation(
  declared: GenerationTask | LanguageTask,
  {recipe, train, blueprint: {folder, model}}: FirstExampleParts,
): Promise<FirstExample> {
  const {longest} = await modelForTask('causal-lm', {recipe, model})
  const tokenizer = await openTokenizer(folder)
  const task = await openTask(declared, {folder, tokenizer})
  const part = partOf(recipe, 'train')
  const read = await locateColumnFaults(['data', 'train'], () =>
    task.kind === 'language'
      ? task.readExamples(recipe.data.train, {part})
      : task.readTraining(recipe.data.train, {part}),
  )
  const examples = dropHeldOut(read, recipe)
  // one example, or as many documents as a packed one may hold
  const isPacked = task.kind === 'language' && task.isPacked
  const tries = isPacked ? [examples.slice(0, train.maxTokens)] : examples.slice(0, MOST_TRIED).map(one => [one])
  const limit = tokenLimit('train.maxTokens', train.maxTokens, longest)
  const encode = (some: readonly Example[]) => task.encode(tokenizer, some, ...limit)
  const {encoded, tried} = await firstTaught(tries, encode)
  const [{ids, labels}] = encoded.examples
  const counts = Array.from(labels, (label, t) => t > 0 && label !== IGNORED)
  return {
    where: tried[0].where ?? recipe.data.train,
    parts: partsOf([...ids], counts, tokenizer),
    tokens: ids.length,
    counted: counts.filter(Boolean).length,
    warnings: encoded.warnings,
  }
}

/** How many examples are tried, of which the first may have no target within train.maxTokens. */
const MOST_TRIED = 100

/** The first of some lists of examples that has something to train on. @throws the fault of the first list if none has */
async function firstTaught(
  tries: readonly (readonly Example[])[],
  encode: (examples: readonly Example[]) => Promise<EncodedExamples>,
): Promise<{readonly tried: readonly Example[]; readonly encoded: EncodedExamples}> {
  let fault: Fault | undefined
  for (const tried of tries) {
    try {
      return {tried, encoded: await encode(tried)}
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      fault ??= error
    }
  }
  throw fault ?? new Error('no examples')
}

async function firstText(
  task: TextTask,
  {recipe, blueprint: {folder, model}}: FirstExampleParts,
): Promise<FirstExample> {
  const {longest, labels} = await modelForTask('sequence-classification', {recipe, model})
  const tokenizer = await openTokenizer(folder)
  const {named, read} = await readTexts(task, recipe, labels)
  const [example] = read.train
  const {label, where = recipe.data.train} = example
  const [maxTokens, limit] = textLimit('train', recipe, {longest})
  const texts = textsOf(example)
  const options = {names: () => where}
  const [[{ids}], [whole]] = await Promise.all([
    tokenizer.encodePairs([texts], {...options, maxTokens}),
    tokenizer.encodePairs([texts], options),
  ])
  const cut = whole.ids.length > ids.length
  return {
    where,
    parts: partsOf(
      ids,
      ids.map(() => false),
      tokenizer,
    ),
    tokens: ids.length,
    label: {value: label, name: labels === 1 ? undefined : (named ?? task.classes)?.[label]},
    warnings: cut ? [`${where}: ${whole.ids.length} tokens, of which ${keptText(maxTokens, limit)}`] : [],
  }
}

async function firstImage(task: ImageTask, recipe: Recipe): Promise<FirstExample> {
  const {classes} = await task.readExamples(recipe.data.train)
  const read = async (source: string) => (await task.readExamples(source)).images
  const {
    train: [{label, source}],
  } = await readLabelled(recipe, {read, classes})
  return {where: nameOf(source), parts: [], tokens: 0, label: {value: label, name: classes[label]}, warnings: []}
}

/** The text of tokens, special ones included, in runs of tokens that count alike. */
const partsOf = (ids: readonly number[], counts: readonly boolean[], tokenizer: Tokenizer): ExamplePart[] =>
  runsBy(ids, (_, t) => counts[t]).map(run => ({text: textOf(run.values, tokenizer), counts: run.key}))

/** The text of tokens; a special token, which decodes to nothing, is written by its name. */
const textOf = (ids: readonly number[], tokenizer: Tokenizer): string =>
  runsBy(ids, id => tokenizer.decode([id]) === '')
    .map(({key: isSpecial, values}) =>
      isSpecial ? values.map(id => tokenizer.piece(id) ?? '').join('') : tokenizer.decode(values),
    )
    .join('')

/** Splits values into runs of neighbours that have one key. */
function runsBy<T, Key>(values: readonly T[], keyOf: (value: T, i: number) => Key) {
  const runs: {readonly key: Key; readonly values: T[]}[] = []
  for (const [i, value] of values.entries()) {
    const key = keyOf(value, i)
    const last = runs.at(-1)
    if (last?.key === key) last.values.push(value)
    else runs.push({key, values: [value]})
  }
  return runs
}
