import {join} from 'node:path'
import {z} from 'zod'
import {classPredictionSchema} from '../../evaluate/class-predictions.ts'
import {likelihoodSchema} from '../../evaluate/likelihood-predictions.ts'
import {inItemOrder, predictionSchema, readJsonLines} from '../../evaluate/predictions.ts'
import {readClasses} from '../../exchange/finished-run.ts'
import {predictionsFile} from '../../recipes/run-folder.ts'

/**
 * A run's answer to one item: a class, by its name or, if the run records no names, by its number; or a generated text with the
 * answer that was extracted from it. A text that is scored by its likelihood has no answer, and its number of tokens as `gold`.
 */
export interface ItemAnswer {
  readonly index: number
  /** A hash of what the model read, if it is recorded. */
  readonly item?: string | undefined
  readonly prompt?: string | undefined
  readonly gold: string | number | undefined
  readonly answer: string | number | undefined
  readonly output?: string | undefined
  readonly correct: boolean
}

/** Reads a run's answers to a test file, in the order of its items; undefined if they are not all there. */
export async function readAnswers(folder: string, split: string, n: number): Promise<ItemAnswer[] | undefined> {
  const lines = await readJsonLines(join(folder, predictionsFile(split)), Line)
  const classes = await readClasses(folder)
  return inItemOrder(lines, n)?.map(line => toAnswer(line, classes))
}

/** The logits are not read: svft 0.2 and older wrote null for one that is not finite. */
const Line = z.union([classPredictionSchema.extend({logits: z.unknown()}), predictionSchema, likelihoodSchema])

function toAnswer(line: z.output<typeof Line>, classes: readonly string[] = []): ItemAnswer {
  if ('label' in line) {
    const {index, item, label, predicted} = line
    const [gold, answer] = [label, predicted].map(value => classes[value] ?? value)
    return {index, item, gold, answer, correct: label === predicted}
  }
  if ('nll' in line) return {index: line.index, item: line.item, gold: line.tokens, answer: undefined, correct: false}
  const {index, item, prompt, output, extracted, gold, correct} = line
  return {index, item, prompt, output, correct, gold, answer: extracted}
}
