import {appendFileSync} from 'node:fs'
import {join} from 'node:path'
import {z} from 'zod'
import {writeText} from '../../base/files.ts'
import {parseJsonIfValid} from '../../base/json.ts'
import {readText, withFile} from '../../base/read-file.ts'
import {linesOf} from '../../base/text/lines.ts'
import type {StepReport} from '../../train/train.ts'

/** The file in a run's folder with one line for each step: loss, learning rate, gradient norm, tokens and seconds. */
export const METRICS_FILE = 'metrics.jsonl'

/** The time between two writes: a run of short steps should not write at each of them. */
const FLUSH_MS = 500

export interface TrainingLog {
  add(report: StepReport): void
  /** Writes what has not been written yet. */
  flush(): void
}

/**
 * Opens a run's log, from which the steps after `from`, which are now done again, are removed. The log does not decide
 * anything: if it cannot be written, the run goes on, and `warn` receives one warning.
 */
export async function openTrainingLog(
  folder: string,
  {from, warn}: {readonly from: number; readonly warn: (text: string) => void},
): Promise<TrainingLog> {
  const file = join(folder, METRICS_FILE)
  let pending = ''
  let written = performance.now()
  let failed = false
  const fail = (error: unknown) => {
    if (!failed) warn(`${file}: cannot be written, and the run goes on without it: ${(error as Error).message}`)
    failed = true
  }
  const flush = () => {
    written = performance.now()
    if (failed || pending === '') return
    try {
      appendFileSync(file, pending)
    } catch (error) {
      fail(error)
    }
    pending = ''
  }
  try {
    const kept = (await readTrainingLog(folder)).filter(({step}) => step <= from)
    await writeText(file, kept.map(line).join(''))
  } catch (error) {
    fail(error)
  }
  return {
    add(report) {
      pending += line(report)
      if (performance.now() - written >= FLUSH_MS) flush()
    },
    flush,
  }
}

/** Reads the steps in a run's log, in their order; none without a log. Lines that are no steps are left out. */
export async function readTrainingLog(folder: string): Promise<StepReport[]> {
  return parseTrainingLog((await readText(join(folder, METRICS_FILE))) ?? '')
}

/**
 * Reads the steps in a log from byte `offset` on, which counts from the end if it is negative, and the offset of what follows.
 * A line that is still being written is left for the next call. A log that has become shorter, as when its run was resumed,
 * is read from its start.
 */
export async function readLogFrom(
  file: string,
  offset: number,
): Promise<{readonly reports: readonly StepReport[]; readonly offset: number}> {
  return withFile(file, async ({bytes, read}) => {
    const start = offset < 0 ? Math.max(0, bytes + offset) : offset > bytes ? 0 : offset
    const added = Buffer.alloc(bytes - start)
    await read(added, start)
    const whole = added.lastIndexOf('\n') + 1
    return {reports: parseTrainingLog(added.toString('utf8', 0, whole)), offset: start + whole}
  })
}

/** Parses lines of a log. A line that is cut off, as while it is written, is left out. */
function parseTrainingLog(text: string): StepReport[] {
  const found: StepReport[] = []
  for (const line of linesOf(text)) {
    if (line === '') continue
    const {data} = Line.safeParse(parseJsonIfValid(line))
    if (data) found.push(data)
  }
  return found
}

const line = (report: StepReport) => `${JSON.stringify(report)}\n`

const Line = z.object({
  step: z.int(),
  steps: z.int(),
  loss: z.number(),
  lr: z.number(),
  gradNorm: z.number(),
  tokens: z.number(),
  seconds: z.number(),
})
