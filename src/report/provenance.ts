import {compact} from '../base/collections.ts'
import {pluralize} from '../base/pluralize.ts'
import {shellWords} from '../base/text/shell-words.ts'
import type {ReportEntry, ReportedRun} from './entries.ts'
import {distinctTexts, machineOf} from './measured-cost.ts'

/** A fact about the whole report: `Finished`, `2026-11-24 (UTC)`. */
export interface ProvenanceFact {
  readonly name: string
  readonly text: string
}

/** A folder with results files that are not in the report. */
export interface UnreadFolder {
  readonly folder: string
  readonly files: number
}

/** The title of a report, with the name of its suite or the number of its suites. */
export const reportTitle = (entries: readonly ReportEntry[]): string => `Fine-tuning results: ${suitesText(entries)}`

export const summaryTitle = (entries: readonly ReportEntry[]): string => `Reproduction summary: ${suitesText(entries)}`

function suitesText(entries: readonly ReportEntry[]): string {
  const suites = distinctTexts(entries.map(({suite}) => suite))
  return suites.length === 1 ? suites[0] : pluralize(suites.length, 'suite')
}

/**
 * The number of runs, when they finished, the versions of svft and the machines that they ran on. All of it comes from the
 * rows and the folders of runs, so that the same runs give the same report on another day and machine.
 */
export function describeProvenance(
  all: readonly ReportedRun[],
  entries: readonly ReportEntry[],
  unread: readonly UnreadFolder[] = [],
): ProvenanceFact[] {
  const used = new Set(entries.flatMap(({rows}) => rows))
  const runs = all.filter(({row}) => used.has(row))
  const recipes = distinctTexts(entries.map(({recipe}) => recipe))
  const suites = distinctTexts(entries.map(({suite}) => suite))
  const days = distinctTexts(runs.map(({row}) => row.finished.slice(0, 10)))
  const finished = days.length > 1 ? `${days[0]} to ${days.at(-1)}` : days[0]
  return compact([
    {
      name: 'Runs',
      text: `${pluralize(runs.length, 'run')} of ${pluralize(recipes.length, 'recipe')} in ${pluralize(suites.length, 'suite')}`,
    },
    {name: 'Finished', text: `${finished} (UTC)`},
    {name: 'Software', text: softwareOf(runs)},
    {name: 'Machine', text: listText(runs.map(machineOf), '; ')},
    unread.length > 0 && {name: 'Not in this report', text: unread.map(unreadText).join('; ')},
  ])
}

/** `2 results files, which svft report results/svf reads` */
const unreadText = ({folder, files}: UnreadFolder): string =>
  `${pluralize(files, 'results file')}, which ${shellWords(['svft', 'report', folder])} reads`

function softwareOf(runs: readonly ReportedRun[]): string {
  const versions = runs.map(({row}) => `svft ${row.version}`)
  const commits = distinctTexts(runs.flatMap(({row}) => row.commit || []))
  const dirty = runs.filter(({row}) => row.dirty).length
  return compact([
    listText(versions, ', '),
    commits.length > 0 && `${commits.length === 1 ? 'commit' : 'commits'} ${listText(commits, ', ')}`,
    dirty > 0 && `${pluralize(dirty, 'run')} with uncommitted changes`,
  ]).join('; ')
}

const MAX_LISTED = 4

/** Lists each text once: the first four, and the number of the others. */
function listText(all: readonly string[], separator: string): string {
  const texts = distinctTexts(all)
  const more = texts.length - MAX_LISTED
  return more > 1 ? `${texts.slice(0, MAX_LISTED).join(separator)} and ${more} more` : texts.join(separator)
}
