import {compact} from '../../base/collections.ts'
import {escapeLine} from '../../base/printable.ts'
import {seedRanges} from '../../base/seeds.ts'
import {setWords, shellWords} from '../../base/text/shell-words.ts'
import type {Row} from '../../results/row.ts'
import type {ReportEntry} from '../entries.ts'
import {distinctTexts} from '../measured-cost.ts'
import type {RowOrigins} from '../origins.ts'
import {overridesIn} from '../tables/labels.ts'

/** All that identifies the runs of a recipe, and the command that reproduces them. */
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
  /** The commits that are not in svft's repository. */
  readonly lostCommits: readonly string[]
  /** The commits that do not have the recipe yet. */
  readonly earlierCommits: readonly string[]
  /** The number of runs with uncommitted changes. */
  readonly dirty: number
  /** The engine of each run, with its version, precision, device and threads. */
  readonly computed: readonly string[]
  /** The command; undefined if svft does not find a recipe of this name. */
  readonly command?: string | undefined
}

export const listReruns = (entries: readonly ReportEntry[], origins: RowOrigins): Rerun[] =>
  entries.map(entry => rerunOf(entry, origins))

function rerunOf(entry: ReportEntry, {files, absent}: RowOrigins): Rerun {
  const {recipe, set, seeds, model, rows} = entry
  const file = files.get(recipe)
  const filled = (value: (row: Row) => string | undefined) => distinctTexts(rows.flatMap(row => value(row) || []))
  const commits = filled(({commit}) => commit)
  const lostCommits = commits.filter(commit => absent.has(commit))
  return {
    recipe,
    set,
    seeds,
    hashes: rows.map(({hash}) => hash),
    model,
    modelRevisions: filled(({modelRevision}) => modelRevision),
    dataRevisions: filled(({dataRevision}) => dataRevision),
    versions: filled(({version}) => version),
    commits,
    lostCommits,
    earlierCommits: commits.filter(one => !lostCommits.includes(one) && absent.has(`${one}:${file}`)),
    dirty: rows.filter(({dirty}) => dirty).length,
    computed: filled(computedBy),
    command: file === undefined ? undefined : commandOf(entry, file),
  }
}

const computedBy = ({engine, engineVersion, precision, device, threads}: Row): string =>
  compact([engine, engineVersion, precision, device, `threads=${threads}`]).join(' ')

/** The number of threads is part of the command, as the bits of a result may depend on it. */
function commandOf(entry: ReportEntry, file: string): string {
  const {seeds, rows} = entry
  const threads = distinctTexts(rows.map(({threads}) => String(threads)))
  const set = compact([...overridesIn(entry), threads.length === 1 && `threads=${threads[0]}`])
  const overrides = setWords(set)
  const words =
    seeds.length === 1
      ? ['svft', 'run', file, '--set', `seed=${seeds[0]}`, ...overrides]
      : ['svft', 'sweep', file, '--seeds', seedRanges(seeds), ...overrides]
  return shellWords(words.map(word => escapeLine(word)))
}
