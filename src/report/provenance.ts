import {compareText} from '../base/group-by.ts'
import {pluralize} from '../base/pluralize.ts'
import type {ReportEntry, ReportedRun} from './entries.ts'

/** Something that holds for the whole report: `Finished`, `2026-11-24 (UTC)`. */
export interface ProvenanceFact {
  readonly name: string
  readonly text: string
}

/** What a report is called: by its suite, where it has one. */
export function reportTitle(entries: readonly ReportEntry[]): string {
  const suites = distinct(entries.map(({suite}) => suite))
  return `Fine-tuning results: ${suites.length === 1 ? suites[0] : pluralize(suites.length, 'suite')}`
}

/**
 * How many runs there are, when they finished, and what svft and what machine they ran on. All of it is in the rows and in
 * the folders of runs, so that the same ones make the same report on another day and machine.
 */
export function describeProvenance(told: readonly ReportedRun[], entries: readonly ReportEntry[]): ProvenanceFact[] {
  const used = new Set(entries.flatMap(({rows}) => rows))
  const runs = told.filter(({row}) => used.has(row))
  const recipes = distinct(entries.map(({recipe}) => recipe))
  const suites = distinct(entries.map(({suite}) => suite))
  const days = distinct(runs.map(({row}) => row.finished.slice(0, 10)))
  const finished = days.length > 1 ? `${days[0]} to ${days.at(-1)}` : days[0]
  return [
    {
      name: 'Runs',
      text: `${pluralize(runs.length, 'run')} of ${pluralize(recipes.length, 'recipe')} in ${pluralize(suites.length, 'suite')}`,
    },
    {name: 'Finished', text: `${finished} (UTC)`},
    {name: 'Software', text: softwareOf(runs)},
    {name: 'Machine', text: listText(runs.map(machineOf), '; ')},
  ]
}

function softwareOf(runs: readonly ReportedRun[]): string {
  const versions = listText(
    runs.map(({row}) => `svft ${row.version}`),
    ', ',
  )
  const commits = distinct(runs.flatMap(({row: {commit}}) => (commit === undefined || commit === '' ? [] : [commit])))
  const dirty = runs.filter(({row}) => row.dirty).length
  return [
    versions,
    ...(commits.length === 0 ? [] : [`${commits.length === 1 ? 'commit' : 'commits'} ${listText(commits, ', ')}`]),
    ...(dirty === 0 ? [] : [`${pluralize(dirty, 'run')} with uncommitted changes`]),
  ].join('; ')
}

/** Results files name the engine and its threads, folders of runs the processor too. */
const machineOf = ({machine, row: {engine, threads}}: ReportedRun): string =>
  [...(machine === undefined ? [] : [machine]), `engine ${engine}`, pluralize(threads, 'thread')].join(', ')

const MOST = 4

/** Each once, and of many the number of those left out. */
function listText(all: readonly string[], separator: string): string {
  const texts = distinct(all)
  const more = texts.length - MOST
  return more > 1 ? `${texts.slice(0, MOST).join(separator)} and ${more} more` : texts.join(separator)
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)].sort(compareText)
