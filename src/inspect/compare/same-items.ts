import {isDeepStrictEqual} from 'node:util'
import {unlessFault} from '../../base/fault.ts'
import {displayPath} from '../../base/paths.ts'
import {nameOf} from '../../images/source.ts'
import {readImages} from '../../recipes/data/image-data.ts'
import {locateData} from '../../recipes/data/locate-sources.ts'
import {labelsOf} from '../../recipes/data/open-data.ts'
import {readTexts} from '../../recipes/data/text-data.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {taskOf} from '../../recipes/file/task-of.ts'
import type {ItemAnswer} from './item-answers.ts'
import {type ComparedSide, refusal} from './sides.ts'

interface FirstAnswers {
  readonly split: string
  readonly first: readonly ItemAnswer[] | undefined
  readonly second: readonly ItemAnswer[] | undefined
}

/**
 * Refuses sides whose texts are read in different ways or by different tokenizers: perplexities are comparable on the same
 * tokens alone.
 */
export function checkSameTokens(
  a: ComparedSide,
  b: ComparedSide,
  {split, first = [], second = []}: FirstAnswers,
): void {
  const [readA, readB] = [a, b].map(({recipe}) => recipe && readingOf(recipe))
  const key = readA && readB && Object.keys(readA).find(key => !isDeepStrictEqual(readA[key], readB[key]))
  if (key) throw refusal(a, b, `${split} is read with different ${key}, and perplexities are those of its tokens`)
  const other = first.findIndex((item, i) => second[i] !== undefined && differ(item, second[i]))
  if (other < 0) return
  const [own, theirs] = [first[other].gold, second[other].gold]
  const counts = own === theirs ? `item ${other} is not the same` : `item ${other} has ${own} and ${theirs}`
  throw refusal(a, b, `${split} has different tokens: ${counts}`)
}

/** Whether two items have different labels, or are known to be different inputs. */
const differ = (a: ItemAnswer, b: ItemAnswer): boolean =>
  a.gold !== b.gold || (a.item !== undefined && b.item !== undefined && a.item !== b.item)

/** The settings that decide which tokens of a text are scored. */
const readingOf = ({data, train, evaluate}: Recipe): Readonly<Record<string, unknown>> => ({
  'data.columns': data.columns,
  'data.template': data.template,
  'data.pack': data.pack,
  'evaluate.maxTokens': evaluate.maxTokens ?? train?.maxTokens,
})

/** Refuses sides whose items differ. The same choice from the same files proves equal items; otherwise the items are compared. */
export function checkSameItems(a: ComparedSide, b: ComparedSide, {split, first, second}: FirstAnswers): void {
  const [hashesA, hashesB] = [a, b].map(({entry}) => entry.rows.map(({dataRevision}) => dataRevision))
  const hasSameFiles = hashesA.some(hash => hash !== undefined && hashesB.includes(hash))
  if (hasSameFiles && isDeepStrictEqual(choiceOf(a), choiceOf(b))) return
  if (first === undefined || second === undefined) {
    const [hashA, hashB] = [hashesA[0], hashesB[0]]
    if (hasSameFiles || hashA === undefined || hashB === undefined) return // rows of early versions do not record it
    throw refusal(a, b, `different data, by their hashes: ${hashA} and ${hashB}; no predictions are here to compare`)
  }
  const showPrompts = havePromptsOfOneForm(a, b)
  const other = first.find((item, i) => differ(item, second[i]) || (showPrompts && item.prompt !== second[i].prompt))
  if (other) throw refusal(a, b, `${split} has different data: item ${other.index} is not the same`)
}

/** The settings that choose the items of a test file. */
const choiceOf = ({recipe}: ComparedSide) => recipe && [recipe.data.split, recipe.data.perClass, recipe.data.columns]

/** Whether both sides write equal items as equal prompts. */
function havePromptsOfOneForm({recipe: a}: ComparedSide, {recipe: b}: ComparedSide): boolean {
  const formOf = (recipe: Recipe | undefined) =>
    recipe && [recipe.data.columns, recipe.data.template, recipe.evaluate.prompt, recipe.model]
  return isDeepStrictEqual(formOf(a), formOf(b))
}

/**
 * The texts, or the names of the images, on which a classifier's run was scored; undefined if they cannot be read any more, or
 * have other labels now.
 */
export async function readItemInputs(
  {recipe}: ComparedSide,
  split: string,
  answers: readonly ItemAnswer[] = [],
): Promise<string[] | undefined> {
  if (!recipe) return undefined
  const inputs = await unlessFault(async () => labelledInputs({...recipe, data: await locateData(recipe)}, split))
  const isSame = inputs?.length === answers.length && inputs.every(({label}, i) => answers[i].gold === label)
  return isSame ? inputs.map(({text}) => text) : undefined
}

/** The inputs of a split as texts, with the names of their classes or their labels; undefined if no classifier reads them. */
async function labelledInputs(recipe: Recipe, split: string) {
  const task = taskOf(recipe)
  if (task.kind === 'images') {
    const {lists, splits} = await readImages(task, recipe)
    return splits[split]?.map(({source, label}) => ({label: lists.classes[label], text: displayPath(nameOf(source))}))
  }
  if (task.kind !== 'texts') return undefined
  const {named, read} = await readTexts(task, recipe, (await labelsOf(recipe)) ?? 0)
  return read.splits[split]?.map(({text, pair, label}) => ({
    label: named?.[label] ?? label,
    text: pair === undefined ? text : `${text} | ${pair}`,
  }))
}
