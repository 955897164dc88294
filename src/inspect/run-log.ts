import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {z} from 'zod'
import {parseJsonIfValid} from '../base/json.ts'
import {findLock} from '../base/lock.ts'
import {readText} from '../base/read-file.ts'
import {folderOfLog} from '../recipes/attempts.ts'
import {EPOCHS_FILE, STATES_FOLDER} from '../recipes/run-folder.ts'
import {METRICS_FILE, readLogFrom} from '../recipes/training/training-log.ts'
import {readRow} from '../results/results-file.ts'
import {scoreParts} from '../results/row.ts'
import type {EpochScore} from '../results/score-text.ts'
import {savedLosses} from '../train/saved-states.ts'
import {isBetter} from '../train/state.ts'
import type {StepReport} from '../train/train.ts'

/** A logged step. Of a step that only a checkpoint records, just the loss and the gradient norm are known. */
export type LoggedStep = Pick<StepReport, 'step' | 'loss' | 'gradNorm'> & Partial<StepReport>

/** The score of an epoch, which ended with this step. */
export interface LoggedEpoch extends EpochScore {
  readonly step: number
}

export type LogEntry = LoggedStep | LoggedEpoch

export interface ReadLogOptions {
  /** Follow the log until the run ends. */
  readonly follow: boolean
  readonly signal: AbortSignal
}

const POLL_MS = 500

/**
 * The steps and epochs of a run in order, each once: first those that only a checkpoint records, then those of its log.
 * @throws the signal's reason when aborted
 */
export async function* readRunLog(run: string, {follow, signal}: ReadLogOptions): AsyncGenerator<LogEntry> {
  const folder = await folderOfLog(run)
  const file = join(folder, METRICS_FILE)
  let offset = 0
  let step = 0
  let epoch = 0
  for (;;) {
    const isRunning = follow && (await isAtWork(folder)) // before reading, so that no last step is missed
    const {reports: logged, offset: next} = await readLogFrom(file, offset).catch(() => ({reports: [], offset}))
    offset = next
    const saved = step === 0 ? await savedSteps(folder) : []
    const first = logged[0]?.step ?? Number.POSITIVE_INFINITY
    const steps: LoggedStep[] = [...saved.filter(one => one.step < first), ...logged].filter(one => one.step > step)
    step = steps.at(-1)?.step ?? step
    const epochs = (await readEpochs(folder)).filter(one => one.step > epoch && one.step <= step)
    epoch = epochs.at(-1)?.step ?? epoch
    yield* inOrder(steps, epochs)
    if (!isRunning) return
    await setTimeout(POLL_MS, undefined, {signal}).catch(() => signal.throwIfAborted()) // Node would throw an error of its own
  }
}

/** Whether a process works on the run. */
const isAtWork = async (folder: string) =>
  (await readRow(folder).catch(() => undefined)) === undefined && (await findLock(folder)) === 'held'

/** Steps and epochs by step; an epoch follows the step that it ended with. */
const inOrder = (steps: readonly LoggedStep[], epochs: readonly LoggedEpoch[]): LogEntry[] =>
  [...steps, ...epochs].sort((a, b) => a.step - b.step)

/** The steps that the newest checkpoint records. */
async function savedSteps(folder: string): Promise<LoggedStep[]> {
  const {losses = [], gradNorms = []} = (await savedLosses(join(folder, STATES_FOLDER)).catch(() => undefined)) ?? {}
  return losses.map((loss, i) => ({step: i + 1, loss, gradNorm: gradNorms[i] ?? Number.NaN}))
}

async function readEpochs(folder: string): Promise<LoggedEpoch[]> {
  const text = await readText(join(folder, EPOCHS_FILE)).catch(() => undefined)
  const {data} = Epochs.safeParse(parseJsonIfValid(text))
  let best: number | undefined
  return (data?.scores ?? []).map(({step, score}) => {
    const isBest = isBetter(score, best)
    if (isBest) best = score
    return {step, split: data?.split ?? '', score, metric: data?.metric, best: isBest}
  })
}

const Epochs = z.object({
  split: z.string(),
  metric: scoreParts.metric,
  scores: z.array(z.object({step: z.number(), score: z.number().or(z.null().transform(() => Number.NaN))})),
})
