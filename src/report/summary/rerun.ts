import {escapeLine} from '../../base/printable.ts'
import {shellWords} from '../../base/shell-words.ts'
import type {Row} from '../../results/row.ts'
import type {ReportEntry} from '../entries.ts'
import {distinctTexts} from '../measured-cost.ts'
import {overridesIn} from '../tables/labels.ts'
import {seedRanges} from './trials.ts'

/** All that identifies the runs of a recipe, and the command that repeats them. */
export interface Rerun {
  readonly recipe: string
  readonly set?: string
  readonly seeds: readonly number[]
  /** The hash of each seed's run: of the resolved recipe, and of the contents of its model and data. */
  readonly hashes: readonly string[]
  readonly model: string
  readonly modelRevisions: readonly string[]
  readonly dataRevisions: readonly string[]
  readonly versions: readonly string[]
  readonly commits: readonly string[]
  /** The number of runs with uncommitted changes. */
  readonly dirty: number
  /** Engine, version, precision, device and threads. */
  readonly computed: readonly string[]
  readonly command: string
}

export const listReruns = (entries: readonly ReportEntry[]): Rerun[] => entries.map(rerunOf)

function rerunOf(entry: ReportEntry): Rerun {
  const {recipe, set, seeds, model, rows} = entry
  const filled = (value: (row: Row) => string | undefined) => distinctTexts(rows.flatMap(row => value(row) || []))
  return {
    recipe,
    set,
    seeds,
    hashes: rows.map(({hash}) => hash),
    model,
    modelRevisions: filled(({modelRevision}) => modelRevision),
    dataRevisions: filled(({dataRevision}) => dataRevision),
    versions: filled(({version}) => version),
    commits: filled(({commit}) => commit),
    dirty: rows.filter(({dirty}) => dirty).length,
    computed: filled(computedBy),
    command: commandOf(entry),
  }
}

const computedBy = ({engine, engineVersion, precision, device, threads}: Row): string =>
  [engine, engineVersion, precision, device, `threads=${threads}`].filter(word => word !== undefined).join(' ')

/** The number of threads is part of the command, as the bits of a result may depend on it. */
function commandOf(entry: ReportEntry): string {
  const {recipe, seeds, rows} = entry
  const threads = distinctTexts(rows.map(({threads}) => String(threads)))
  const set = [...overridesIn(entry), ...(threads.length === 1 ? [`threads=${threads[0]}`] : [])]
  const overrides = set.flatMap(one => ['--set', one])
  const file = `configs/${recipe}.yaml`
  const words =
    seeds.length === 1
      ? ['svft', 'run', file, '--set', `seed=${seeds[0]}`, ...overrides]
      : ['svft', 'sweep', file, '--seeds', seedRanges(seeds), ...overrides]
  return shellWords(words.map(word => escapeLine(word)))
}
