import {compact, sum} from '../base/collections.ts'
import {isMistake, unlessFault} from '../base/fault.ts'
import {formatBytes} from '../base/format-bytes.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {sumMemory} from '../recipes/memory/check-memory.ts'
import {listClasses} from '../tasks/custom/class-names.ts'
import {formatDuration} from '../terminal/rate.ts'
import {isBf16Slow} from './doctor/measure-rates.ts'
import {missingBytes} from './inputs.ts'
import {planRun, type RunPlan} from './plan.ts'
import type {RunTime} from './run-time.ts'

/** The time and memory that a run will take, as shown before it starts. */
export interface Forecast {
  readonly text: string
  /** Faster alternatives to a long run. */
  readonly warning?: string
}

/** A run of this many seconds or more is long. */
const LONG = 4 * 3600

/**
 * Plans a run; undefined if it cannot be planned, for example without its model: the run itself then reports why.
 *
 * @throws Fault 'input' or 'recipe' for a mistake, before anything is downloaded
 */
export const forecastRun = (recipe: Recipe): Promise<Forecast | undefined> =>
  unlessFault(
    async () => forecastText(recipe, await planRun(recipe)),
    fault => !isMistake(fault),
  )

type ForecastFacts = Pick<RunPlan, 'time' | 'memory' | 'momentaryBytes' | 'classes' | 'parts' | 'rates'>

/** `plan: about 1m41s on this machine's CPU (train 1m01s, score 40s), peak memory of training 91 MB`. */
export function forecastText(
  {engine, device}: Pick<Recipe, 'engine' | 'device'>,
  {time, memory, momentaryBytes, classes, parts, rates}: ForecastFacts,
): Forecast {
  const {seconds, unknown} = time
  const missing = missingBytes(parts)
  const spent = spentTexts(time)
  const onCpu = (device ?? 'cpu') === 'cpu' && engine !== 'js'
  const about = `${unknown.length > 0 ? 'more than' : 'about'} ${formatDuration(seconds)}`
  const isTrained = time.train !== undefined || unknown.includes('train')
  const isUnknown = unknown.length > 0 && seconds < 1
  const brief = momentaryBytes === undefined ? '' : ` (briefly ${formatBytes(momentaryBytes)})`
  const estimate = isUnknown
    ? 'no estimate of the time, as the number of examples is unknown'
    : `${about} on this machine's CPU${spent.length > 1 ? ` (${spent.join(', ')})` : ''}`
  const text = compact([
    `plan: ${estimate}`,
    !onCpu && 'no estimate for the chosen engine or device',
    `peak memory ${isTrained ? 'of training ' : ''}${formatBytes(sumMemory(memory))}${brief}`,
    missing > 0 && `${formatBytes(missing)} to download`,
    onCpu && !isUnknown && rates.isBusy && 'other programs keep this machine busy, so the estimate may be too high',
    isBf16Slow(rates) && 'bfloat16 is not faster than float32 on this processor',
    classes && `classes: ${listClasses(classes)}`,
  ]).join(', ')
  if (!onCpu || seconds < LONG) return {text}
  return {
    text,
    warning: `this run takes ${about} on this machine's CPU; faster alternatives: a GPU (device: cuda or webgpu, docs/ENGINES.md), a cluster (svft sweep --on slurm, docs/SWEEP.md), smaller recipes (svft list --here)`,
  }
}

/** `train 1m01s`, for each part of a run that takes a second or more. */
function spentTexts({svd, train, score}: RunTime): string[] {
  const scoring = sum(Object.values(score).map(({seconds}) => seconds))
  return Object.entries({decompose: svd?.seconds ?? 0, train: train?.seconds ?? 0, score: scoring})
    .filter(([, seconds]) => seconds >= 1)
    .map(([part, seconds]) => `${part} ${formatDuration(seconds)}`)
}
