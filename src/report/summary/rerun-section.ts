import {compact} from '../../base/collections.ts'
import {listSome, pluralize} from '../../base/pluralize.ts'
import {isTrial} from '../../recipes/file/suite.ts'
import type {Section} from '../section.ts'
import {cells, left, type TableCell, type TextTable} from '../tables/text-table.ts'
import type {Rerun} from './rerun.ts'
import type {ReproductionSummary} from './summary.ts'

/** What made the rows of each recipe, with the command that reproduces them. */
export function rerunSection({reruns}: ReproductionSummary): Section {
  const table: TextTable = {
    id: 'reruns',
    title: 'Each recipe, and the command that reproduces its rows',
    head: ['Recipe', 'Command', 'Hash', 'Model and data', 'Software'].map(left),
    rows: reruns.map(rerunCells),
    notes: [
      'Hash: of the resolved recipe with its seed, and of the contents of its model and data; of several seeds the first is shown, and report.json has all. Check out the commit first, in svft’s repository: on the same kind of processor, with the same number of threads, scores are the same to the last bit.',
    ],
  }
  return {title: 'Versions, hashes and commands', tables: [table]}
}

function rerunCells(rerun: Rerun): TableCell[] {
  const {recipe, set, hashes, model, modelRevisions, dataRevisions, command} = rerun
  return [
    {text: set === undefined ? recipe : `${recipe} ${set}`, isPath: true},
    commandCell(recipe, command),
    ...cells(
      firstText(hashes),
      `${model} ${firstText(modelRevisions)}; data ${firstText(dataRevisions)}`,
      softwareText(rerun),
    ),
  ]
}

function commandCell(recipe: string, command: string | undefined): TableCell {
  if (command !== undefined) return {text: command, isCommand: true}
  const text = isTrial(recipe) ? 'a trial, which svft tune runs' : `no recipe named ${recipe} is among those here`
  return {text, tone: 'quiet'}
}

function softwareText({versions, commits, lostCommits, earlierCommits, dirty, computed}: Rerun): string {
  const marked = commits.map(commit => {
    if (lostCommits.includes(commit)) return `${commit} (not in this repository)`
    return earlierCommits.includes(commit) ? `${commit} (which lacks the recipe: keep a copy)` : commit
  })
  return compact([
    `svft ${[...versions, ...marked].join(' ')}`,
    dirty > 0 && `${pluralize(dirty, 'run')} with uncommitted changes`,
    ...computed,
  ]).join('; ')
}

/** The first of several values, and the number of the others. */
const firstText = (values: readonly string[]): string => listSome(values, 1) || 'not recorded'
