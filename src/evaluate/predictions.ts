import {appendFile} from 'node:fs/promises'
import {z} from 'zod'
import {Fault, ioFault} from '../base/fault.ts'
import {writeText} from '../base/files.ts'
import {parseObject} from '../base/json.ts'
import {escapeLine} from '../base/printable.ts'
import {readText} from '../base/read-file.ts'
import {linesOf} from '../base/text/lines.ts'

/** A model's output for one item of a task, and the verdict on it. */
export interface Prediction<Answer> {
  /** The index of the item in its split. */
  readonly index: number
  readonly prompt: string
  /** The generated text, up to the first stop string. */
  readonly output: string
  /** Whether the output ended at the largest number of new tokens; absent where it ended by itself. */
  readonly cut?: true
  readonly extracted: Answer | undefined
  /** The correct answer; undefined where no answer is correct. */
  readonly gold: Answer | undefined
  readonly correct: boolean
  /** The hypotheses of beam search, the best first, which is the output; absent in greedy decoding. */
  readonly hypotheses?: readonly GeneratedText[]
  /** A hash of the record of the item. */
  readonly item?: string | undefined
}

/** A text with the mean log-probability of its tokens. */
export interface GeneratedText {
  readonly output: string
  readonly score: number
}

/**
 * The field of a prediction that tells items apart whose labels, correct answers or numbers of tokens are equal; svft 0.3 and
 * older did not record it.
 */
export const itemHash = z.string()

/** Reads predictions.jsonl. @throws Fault 'input' where a line is not a prediction */
export const readPredictions = async <Answer>(file: string): Promise<Prediction<Answer>[]> =>
  (await readJsonLines(file, predictionSchema)) as Prediction<Answer>[] // a run has the answers of its own tasks

const Answer = z.union([z.string(), z.number()]).nullable()

export const predictionSchema = z.object({
  index: z.int(),
  prompt: z.string(),
  output: z.string(),
  cut: z.literal(true).optional(),
  extracted: Answer.transform(answer => answer ?? undefined),
  gold: Answer.transform(answer => answer ?? undefined),
  correct: z.boolean(),
  hypotheses: z.array(z.object({output: z.string(), score: z.number()})).optional(),
  item: itemHash.optional(),
})

/**
 * Reads a file of predictions, one JSON object a line; none where there is no such file. A last line that was cut off while
 * being written does not count; any other bad line is a fault.
 */
export async function readJsonLines<T>(file: string, schema: z.ZodType<T>): Promise<T[]> {
  const text = (await readText(file)) ?? ''
  const end = text.lastIndexOf('\n') // behind it is nothing, or half a line
  if (end < 0) return []
  const found: T[] = []
  for (const line of linesOf(text.slice(0, end))) {
    const where = `${file}:${found.length + 1}`
    const fields = parseObject(line, where)
    const {data} = schema.safeParse(fields)
    if (data === undefined) {
      const names = escapeLine(Object.keys(fields).join(', '), 200)
      throw new Fault('input', `${where}: not a prediction; its fields: ${names}`)
    }
    found.push(data)
  }
  return found
}

/** Lines in the order of their items; undefined unless there is one for each of the n items. */
export function inItemOrder<T extends {readonly index?: unknown}>(lines: readonly T[], n: number): T[] | undefined {
  if (lines.length !== n) return undefined
  const byIndex = new Map(lines.map(line => [line.index, line]))
  const ordered = Array.from({length: n}, (_, i) => byIndex.get(i)).filter(line => line !== undefined)
  return ordered.length === n ? ordered : undefined
}

/** Writes a file of predictions, one JSON object a line. */
export const writeJsonLines = (file: string, predictions: readonly object[]): Promise<void> =>
  writeText(file, predictions.map(line).join(''))

/** Appends lines to the file, so that an interrupted evaluation need not repeat them. */
export async function appendPredictions(file: string, predictions: readonly Prediction<unknown>[]): Promise<void> {
  try {
    await appendFile(file, predictions.map(inOrder).map(line).join(''), {flush: true})
  } catch (error) {
    throw ioFault(file, error)
  }
}

/** Rewrites the file. */
export const writePredictions = (file: string, predictions: readonly Prediction<unknown>[]): Promise<void> =>
  writeJsonLines(file, predictions.map(inOrder))

/** The keys of a line in their order; JSON has no undefined. */
const inOrder = ({extracted = null, gold = null, ...rest}: Prediction<unknown>) => {
  const {index, prompt, output, cut, correct, hypotheses, item} = rest
  return {index, prompt, output, cut, extracted, gold, correct, hypotheses, item}
}

const line = (prediction: object) => `${JSON.stringify(prediction)}\n`
