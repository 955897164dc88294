import {isDeepStrictEqual} from 'node:util'
import {unlessFault} from '../../base/fault.ts'
import {locateData} from '../../recipes/data/locate-sources.ts'
import {labelsOf} from '../../recipes/data/open-data.ts'
import {readTexts} from '../../recipes/data/text-data.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {taskOf} from '../../recipes/file/task-of.ts'
import type {LabelledText} from '../../tasks/task.ts'
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
  const other = first.findIndex(({gold}, i) => second[i] !== undefined && gold !== second[i].gold)
  if (other < 0) return
  const counts = `${first[other].gold} and ${second[other].gold}`
  throw refusal(a, b, `${split} has different tokens: item ${other} has ${counts}`)
}

/** The settings that decide which tokens of a text are scored. */
const readingOf = ({data, train, evaluate}: Recipe): Readonly<Record<string, unknown>> => ({
  'data.columns': data.columns,
  'data.template': data.template,
  'data.pack': data.pack,
  'evaluate.maxTokens': evaluate.maxTokens ?? train?.maxTokens,
})

/** Refuses sides whose items differ. The same choice from the same files proves equal items; otherwise the items are compared. */
export async function checkSameItems(
  a: ComparedSide,
  b: ComparedSide,
  {split, first, second}: FirstAnswers,
): Promise<void> {
  const [hashesA, hashesB] = [a, b].map(({entry}) => entry.rows.map(({dataRevision}) => dataRevision))
  const hasSameFiles = hashesA.some(hash => hash !== undefined && hashesB.includes(hash))
  if (hasSameFiles && isDeepStrictEqual(choiceOf(a), choiceOf(b))) return
  if (first === undefined || second === undefined) {
    const [hashA, hashB] = [hashesA[0], hashesB[0]]
    if (hasSameFiles || hashA === undefined || hashB === undefined) return // rows of early versions do not record it
    throw refusal(a, b, `different data, by their hashes: ${hashA} and ${hashB}; no predictions are here to compare`)
  }
  const sides = hasSameForm(a, b, first) ? [itemTexts(a, split, first), itemTexts(b, split, second)] : []
  const [textsA, textsB] = await Promise.all(sides)
  const isOtherText = (i: number) => textsA !== undefined && textsB !== undefined && textsA[i] !== textsB[i]
  const other = first.find(({gold}, i) => gold !== second[i].gold || isOtherText(i))
  if (other) throw refusal(a, b, `${split} has different data: item ${other.index} is not the same`)
}

/** The settings that choose the items of a test file. */
const choiceOf = ({recipe}: ComparedSide) => recipe && [recipe.data.split, recipe.data.perClass, recipe.data.columns]

/** Whether both sides show equal items as equal texts, which are prompts if their answers are written. */
function hasSameForm({recipe: a}: ComparedSide, {recipe: b}: ComparedSide, answers: readonly ItemAnswer[]): boolean {
  const formOf = (recipe: Recipe | undefined) =>
    answers[0]?.prompt === undefined
      ? [recipe?.data.columns]
      : [recipe?.data.columns, recipe?.data.template, recipe?.evaluate.prompt, recipe?.model]
  return isDeepStrictEqual(formOf(a), formOf(b))
}

/** The prompts of a run's items, or the texts that a classifier read; undefined if they are not at hand. */
const itemTexts = async (side: ComparedSide, split: string, answers: readonly ItemAnswer[]) =>
  answers[0]?.prompt === undefined ? readItemTexts(side, split, answers) : answers.map(({prompt}) => prompt)

/** The texts that a classifier's run was scored on; undefined if they cannot be read any more, or have other labels now. */
export async function readItemTexts(
  {recipe}: ComparedSide,
  split: string,
  answers: readonly ItemAnswer[] = [],
): Promise<string[] | undefined> {
  if (!recipe) return undefined
  const task = taskOf(recipe)
  if (task.kind !== 'texts') return undefined
  return unlessFault(async () => {
    const local = {...recipe, data: await locateData(recipe)}
    const {named, read} = await readTexts(task, local, (await labelsOf(local)) ?? 0)
    const examples = read.splits[split] ?? []
    const isSame = ({label}: LabelledText, i: number) => answers[i]?.gold === (named?.[label] ?? label)
    if (examples.length !== answers.length || !examples.every(isSame)) return undefined
    return examples.map(({text, pair}) => (pair === undefined ? text : `${text} | ${pair}`))
  })
}
