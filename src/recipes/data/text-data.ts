import {join} from 'node:path'
import {mapValues} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import {someAre} from '../../base/pluralize.ts'
import {sha256} from '../../base/sha256.ts'
import {scoredLength} from '../../evaluate/buckets.ts'
import {classifyTexts, textStep} from '../../evaluate/classify.ts'
import type {SequenceModel} from '../../models/model.ts'
import {classWarnings} from '../../tasks/custom/class-names.ts'
import {keptText, tokenLimit} from '../../tasks/encode.ts'
import type {LabelledText, TextTask} from '../../tasks/task.ts'
import {openTokenizer, type Texts, type Tokenizer} from '../../tokenizer/tokenizer.ts'
import type {BatchExample} from '../../train/batch.ts'
import type {Recipe} from '../file/schema.ts'
import {partOf} from '../file/splits.ts'
import type {OpenedModel} from '../opened-model.ts'
import {checkIds} from './check-ids.ts'
import {scoreClassifier} from './classifier-scoring.ts'
import {locateColumnFaults} from './column-faults.ts'
import {hashData} from './data-hash.ts'
import {type LabelledData, readLabelled} from './labelled-examples.ts'
import {modelForTask} from './model-for-task.ts'
import {largestBatch, scoringNeed} from './scoring-need.ts'
import {sharedInputWarnings} from './shared-inputs.ts'
import {longestOf, type TaskData, tokenBatches} from './task-data.ts'

/** A text as tokens, with its label. */
interface LabelledTokens extends BatchExample {
  readonly labels: number
}

/** Opens the data of a task whose texts a classifier labels. */
export async function openTextData(task: TextTask, opened: OpenedModel): Promise<TaskData> {
  const {recipe, folder, engine} = opened
  const model = await modelForTask('sequence-classification', opened)
  const tokenizer = await openTokenizer(folder)
  const {batch} = recipe.evaluate

  const {named, read} = await readTexts(task, recipe, model.labels)
  const inputs = inputsOf(read)
  const warnings = [...classWarnings(named ?? []), ...read.warnings, ...sharedInputWarnings(recipe, inputs)]
  const encode = async (split: string, examples: readonly LabelledText[]) => {
    const encoded = await encodeTexts(examples, {split, recipe, folder, model, tokenizer})
    warnings.push(...encoded.warnings)
    return encoded.tokens
  }
  const train = await encode('train', read.train)
  const splits: Record<string, readonly LabelledTokens[]> = {}
  for (const [split, examples] of Object.entries(read.splits)) splits[split] = await encode(split, examples)

  return {
    examples: train.length,
    longest: longestOf(train),
    warnings,
    classes: named,
    hash: named ? async source => hashClasses(await hashData(source), named) : hashData,
    batches: tokenBatches(train, recipe, {longest: model.longest, pad: tokenizer.pad, regression: model.labels === 1}),
    async scoring() {
      const T = scoredLength(longestOf(Object.values(splits).flat()), model)
      const rows = largestBatch(splits, batch)
      return scoringNeed(opened, textStep(model, [rows, T]), {rows, what: `${rows} × ${T} tokens`})
    },
    score: (scored, weights, options) =>
      scoreClassifier(
        scored,
        {
          metric: task.metric,
          classes: named ?? task.classes,
          examples: async split =>
            splits[split].map(({labels}, i) => ({label: labels, content: inputs.splits[split][i]})),
          logits: (split, progress) => classifyTexts(splits[split], {engine, model, weights, batch, ...progress}),
        },
        options,
      ),
  }
}

interface EncodeTextsOptions extends Pick<OpenedModel, 'recipe' | 'folder'> {
  readonly split: string
  readonly model: SequenceModel
  readonly tokenizer: Tokenizer
}

/** Encodes the texts of a split, with warnings of those that are empty or truncated. */
async function encodeTexts(
  examples: readonly LabelledText[],
  {split, recipe, folder, model, tokenizer}: EncodeTextsOptions,
): Promise<{readonly tokens: readonly LabelledTokens[]; readonly warnings: readonly string[]}> {
  const [maxTokens, limit] = textLimit(split, recipe, model)
  const texts = examples.map(textsOf)
  const names = (i: number) => examples[i].where ?? `example ${i + 1}`
  const inputs = await tokenizer.encodePairs(texts, {maxTokens, names})
  const full = [...inputs.keys()].filter(i => inputs[i].ids.length >= maxTokens)
  const longer = await tokenizer.encodePairs(
    full.map(i => texts[i]),
    {maxTokens: maxTokens + 1, names: i => names(full[i])},
  )
  const ids = inputs.map(({ids}) => ids)
  checkIds(ids, {folder, tokenizer, vocabulary: model.vocabulary})
  const warningsOf = (found: readonly number[], what: string) =>
    found.length === 0
      ? []
      : [`${split}: ${someAre(found.length, examples.length, 'text')} ${what}, the first in ${names(found[0])}`]
  const empty = [...texts.keys()].filter(i => texts[i].every(text => text.trim() === ''))
  const cut = full.filter((_, i) => longer[i].ids.length > maxTokens)
  return {
    tokens: inputs.map(({ids, typeIds}, i) => ({
      ids,
      labels: examples[i].label,
      typeIds: checkedTypes(typeIds, model, folder),
    })),
    warnings: [...warningsOf(empty, 'empty'), ...warningsOf(cut, `truncated (${keptText(maxTokens, limit)} tokens)`)],
  }
}

/** The texts that a classifier reads as one input. */
export const textsOf = ({text, pair}: Pick<LabelledText, 'text' | 'pair'>): Texts =>
  pair === undefined ? [text] : [text, pair]

/** The inputs of each split as one string each. */
function inputsOf({train, splits}: LabelledData<LabelledText>) {
  const keysOf = (examples: readonly LabelledText[]) => examples.map(one => JSON.stringify(textsOf(one)))
  return {
    train: keysOf(train),
    splits: mapValues(splits, keysOf),
  }
}

/** The limit of tokens of a split's texts; without evaluate.maxTokens, they are scored as they are trained. */
export function textLimit(
  split: string,
  {train, evaluate}: Pick<Recipe, 'train' | 'evaluate'>,
  {longest}: Pick<SequenceModel, 'longest'>,
): ReturnType<typeof tokenLimit> {
  const scored = split === 'train' ? undefined : evaluate.maxTokens
  if (scored !== undefined) return tokenLimit('evaluate.maxTokens', scored, longest)
  return tokenLimit('train.maxTokens', train?.maxTokens ?? Number.POSITIVE_INFINITY, longest)
}

/** The token types of an input; undefined if the model has none. Throws if one has no row in the model's embedding. */
export function checkedTypes(
  typeIds: readonly number[],
  {types}: Pick<SequenceModel, 'types'>,
  folder: string,
): readonly number[] | undefined {
  if (types === 0) return undefined
  const type = typeIds.find(type => type >= types)
  if (type === undefined) return typeIds
  const advice = 'for type 0, list model_input_names without token_type_ids in tokenizer_config.json'
  throw new Fault(
    'input',
    `${join(folder, 'config.json')}: type_vocab_size is ${types}, but the tokenizer gives tokens type ${type}; ${advice}`,
  )
}

/** The texts of every split that a recipe reads, and the names of the classes if the training data give them. */
export async function readTexts(task: TextTask, recipe: Recipe, labels: number) {
  const named = await locateColumnFaults(['data', 'train'], async () =>
    task.readClasses?.(recipe.data.train, partOf(recipe, 'train')),
  )
  const classes = named ?? task.classes ?? Array.from({length: labels}, (_, label) => String(label))
  const read = await readLabelled(recipe, {
    read: (source, split) => task.readExamples(source, {classes, part: partOf(recipe, split)}),
    classes,
  })
  return {named, read}
}

/** A hash of a file's contents and of the classes that its labels are indices of. */
const hashClasses = (content: string, classes: readonly string[]): string =>
  sha256(`${content} ${JSON.stringify(classes)}`)
