import {groupBy, sum} from '../../base/collections.ts'
import {PAPER_COMPUTE, PAPER_GPUS} from '../../paper/compute.ts'
import {PAPER_MODELS, type PaperModel} from '../../paper/rows.ts'
import {isSameRun} from '../../paper/versions.ts'
import type {Row} from '../../results/row.ts'
import type {ReportEntry} from '../entries.ts'
import type {JudgedRow} from '../tables/paper-tables.ts'

/** What runs cost. */
export interface RunCost {
  readonly runs: number
  /** The wall time of all runs, as if they had run one after the other. */
  readonly hours: number
  /** Wall time × threads. */
  readonly coreHours: number
  /** The wall time of runs on a GPU. */
  readonly gpuHours: number
  readonly energy: RunEnergy
}

/** Energy in joules, measured and estimated apart. */
export interface RunEnergy {
  /** The runs whose rows record energy, and their sum. */
  readonly measuredRuns: number
  readonly measured: number
  /** Measured runs that ran at the same time as another one; each of them counts all that the machine used. */
  readonly overlapping: number
  /** An estimate for the other runs: core-hours × `WATTS_PER_CORE`. */
  readonly estimated: number
}

/** An assumption, rather high: the rated power of server processors is 4 to 12 W per core, memory and cooling aside. */
export const WATTS_PER_CORE = 10

export interface SuiteCost extends RunCost {
  readonly suite: string
}

/** The cost of each suite, with that of runs whose results the report leaves out. */
export const suiteCosts = (suiteRows: ReadonlyMap<string, readonly Row[]>): SuiteCost[] =>
  [...suiteRows].map(([suite, rows]) => ({suite, ...runCost(rows)}))

export function runCost(rows: readonly Row[]): RunCost {
  const coreHours = (some: readonly Row[]) => sum(some.map(({seconds, threads}) => (seconds * threads) / 3600))
  const measured = rows.filter(({joules}) => joules !== undefined)
  const others = rows.filter(({joules}) => joules === undefined)
  return {
    runs: rows.length,
    hours: sum(rows.map(({seconds}) => seconds)) / 3600,
    coreHours: coreHours(rows),
    gpuHours: sum(rows.map(({device, seconds}) => (device === undefined ? 0 : seconds / 3600))),
    energy: {
      measuredRuns: measured.length,
      measured: sum(measured.map(({joules = 0}) => joules)),
      overlapping: countOverlapping(measured),
      estimated: 3600 * WATTS_PER_CORE * coreHours(others),
    },
  }
}

/** Counts rows whose runs overlap in time with another's; a resumed run is taken as uninterrupted. */
function countOverlapping(rows: readonly Row[]): number {
  const spans = rows
    .map(({finished, seconds}) => ({from: Date.parse(finished) - 1000 * seconds, to: Date.parse(finished)}))
    .sort((a, b) => a.from - b.from)
  let latest = Number.NEGATIVE_INFINITY
  const ends = spans.map(({to}) => {
    const before = latest
    latest = Math.max(latest, to)
    return before
  })
  return spans.filter(({from, to}, i) => from < ends[i] || (spans[i + 1] !== undefined && spans[i + 1].from < to))
    .length
}

/** The paper's stated hours for a model, beside ours for its rows. */
export interface StatedCost {
  readonly model: PaperModel
  readonly title: string
  /** The rows that the paper prints for it. */
  readonly rows: number
  /** The hours of training that the paper states; undefined if it states none. */
  readonly hours?: number
  /** These hours, summed over all of its GPUs. */
  readonly gpuHours?: number
  /** The mean of our runs of these rows; undefined without one. */
  readonly ours?: {readonly runs: number; readonly coreHours: number; readonly gpuHours: number}
}

/** Compares the cost of the paper's runs, model by model, with that of ours. */
export function statedCosts(rows: readonly JudgedRow[], entries: readonly ReportEntry[]): StatedCost[] {
  return [...groupBy(rows, ({row}) => row.model)].map(([model, judged]) => {
    const own = entries
      .filter(({cells}) => judged.some(({row}) => isSameRun(cells, row.cell)))
      .flatMap(({rows}) => rows)
    const {runs, coreHours, gpuHours} = runCost(own)
    const {hours} = PAPER_COMPUTE[model]
    return {
      model,
      title: PAPER_MODELS[model].title,
      rows: judged.length,
      hours,
      gpuHours: hours && hours * PAPER_GPUS,
      ours: runs === 0 ? undefined : {runs, coreHours: coreHours / runs, gpuHours: gpuHours / runs},
    }
  })
}
