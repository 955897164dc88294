import {groupBy} from '../../base/collections.ts'
import {formatCount, listSome, pluralize} from '../../base/pluralize.ts'
import {seedRanges} from '../../base/seeds.ts'
import {PAPER_GPUS, statedHours} from '../../paper/compute.ts'
import {columnTitle} from '../../paper/test-sets.ts'
import {isTrial} from '../../recipes/file/suite.ts'
import type {Section} from '../section.ts'
import {paperLabel} from '../tables/labels.ts'
import type {JudgedRow} from '../tables/paper-tables.ts'
import {cells, left, right, type TableCell, type TextTable} from '../tables/text-table.ts'
import {claimSection} from './claim-section.ts'
import {type SuiteCost, WATTS_PER_CORE} from './cost.ts'
import {energyText, hoursText, joulesText} from './cost-text.ts'
import {PLANNED_RATES} from './planned-cost.ts'
import type {Rerun} from './rerun.ts'
import {searchesText, unreadTrialsText} from './search-text.ts'
import type {ReproductionSummary} from './summary.ts'

/** The summary as sections, in the order in which a reviewer reads them. */
export function summarySections(summary: ReproductionSummary, rows: readonly JudgedRow[]): Section[] {
  return [
    claimSection(summary),
    printedSection(summary, rows),
    notRunSection(summary),
    trialSection(summary),
    costSection(summary),
    checklistSection(summary),
    rerunSection(summary),
  ]
}

function printedSection({printed}: ReproductionSummary, rows: readonly JudgedRow[]): Section {
  const {reproduced, indistinguishable, deviates, incomplete} = printed
  const judged = reproduced + indistinguishable + deviates
  const run = rows.filter(({params}) => params !== undefined)
  const notes = [
    judged === 0
      ? `No printed score was compared: none of the paper’s ${incomplete} cells has a result.`
      : `${pluralize(judged, 'printed score')} compared: ${reproduced} reproduced, ${indistinguishable} indistinguishable, ${deviates} deviating; ${incomplete} cells are incomplete. report.html has every score beside the printed one, with the definition of the verdicts.`,
  ]
  if (run.length === 0) return {title: 'Printed scores', notes}
  const columns = ['reproduced', 'indistinguishable', 'deviates', 'incomplete'] as const
  const table: TextTable = {
    id: 'printed',
    title: 'Verdicts on the printed rows that were run',
    head: [left('Cell'), left('Method'), ...columns.map(left)],
    rows: run.map(({row, cells: own}) =>
      cells(
        row.cell,
        paperLabel(row.method),
        ...columns.map(verdict =>
          own
            .filter(one => one.verdict === verdict)
            .map(({column}) => columnTitle(column))
            .join(', '),
        ),
      ),
    ),
  }
  return {title: 'Printed scores', notes, tables: [table]}
}

function notRunSection({notRun}: ReproductionSummary): Section {
  const missing = notRun.reduce((sum, {missing}) => sum + missing.length, 0)
  const partial = notRun.flatMap(({partial}) => partial)
  const notes = [
    ...(missing === 0
      ? ['Every row that the paper prints has a result.']
      : [`${pluralize(missing, 'row')} of the paper without a result of ours.`]),
    ...(partial.length === 0 ? [] : [`Run in part: ${partial.join(', ')}.`]),
    ...(missing === 0
      ? []
      : [
          `Rows do not record why something was not run. What it takes is listed for one training and its evaluation, the least and the most over the model’s tasks, as svft plan estimates it for LoRA of the largest rank in float32 on two cores that reach ${PLANNED_RATES.flopsPerSecond / 1e9} GFLOP/s together. A row with several data sets or checkpoints is a training for each. The command in the last column estimates all of it for your machine.`,
        ]),
  ]
  const lines = notRun.filter(({missing}) => missing.length > 0)
  const table: TextTable = {
    id: 'not-run',
    title: 'Rows without a result',
    head: [left('Table'), left('Model'), right('Rows'), left('What a run takes'), left('Plan')],
    rows: lines.map(({table, title, rows, missing, takes, plan}) =>
      cells(String(table), title, `${missing.length} of ${rows}`, takes.join('; '), plan),
    ),
  }
  return {title: 'What was not run, and what it takes', notes, tables: lines.length > 0 ? [table] : []}
}

function trialSection({trials}: ReproductionSummary): Section {
  const searches = trials.flatMap(({suite, searches}) => searches.map(one => ({suite, ...one})))
  const varied = trials.flatMap(({varied}) => varied)
  const leftOut = trials.reduce((sum, {leftOut}) => sum + leftOut, 0)
  const notes = [
    searchesText(trials),
    ...(leftOut === 0
      ? []
      : [
          `${pluralize(leftOut, 'run')} left out: of another setup than the last run, or run again with the same seed.`,
        ]),
  ]
  const table: TextTable = {
    id: 'trials',
    title: 'Runs and seeds',
    head: [left('Suite'), right('Recipes'), right('Runs'), left('Seeds'), right('Tuned'), right('Left out')],
    rows: trials.map(({suite, recipes, runs, seeds, searches, leftOut}) =>
      cells(
        suite,
        String(recipes),
        String(runs),
        seedRanges(seeds),
        String(searches.reduce((sum, {recipes}) => sum + recipes.length, 0)),
        String(leftOut),
      ),
    ),
  }
  const searchTable: TextTable = {
    id: 'searches',
    title: 'Searches that rows record',
    head: [
      left('Suite'),
      left('Search of each recipe'),
      right('Recipes'),
      right('Trials'),
      right('Runs of trials read'),
    ],
    rows: searches.map(({suite, search, recipes, trials, runs}) =>
      cells(suite, search, String(recipes.length), String(trials), String(runs)),
    ),
  }
  const variedTable: TextTable = {
    id: 'varied',
    title: 'Recipes that ran with several settings',
    head: [left('Recipe'), left('Overrides'), right('Runs')],
    rows: varied.flatMap(({recipe, settings}) =>
      settings.map(({set, runs}, i) => [
        {text: i === 0 ? recipe : '', first: i === 0 || undefined},
        ...cells(set.join(' ') || 'none', String(runs)),
      ]),
    ),
  }
  const tables = [table, searchTable, variedTable].filter(({rows}) => rows.length > 0)
  return {title: 'Seeds, searches and trials', notes, tables}
}

function costSection({trials, costs, reportedCost, searchCost, total, stated}: ReproductionSummary): Section {
  const unread = unreadTrialsText(trials)
  const ours: TextTable = {
    id: 'cost',
    title: 'Computation and energy of our runs',
    head: [
      left('Suite'),
      ...['Runs', 'Hours', 'Core-hours', 'GPU-hours', 'Measured energy', 'Estimated energy'].map(right),
    ],
    rows: [
      ...costs,
      ...(costs.length > 1 ? [{suite: 'all reported rows', ...reportedCost}] : []),
      ...(searchCost.runs > 0
        ? [
            {suite: 'trials of searches', ...searchCost},
            {suite: 'all', ...total},
          ]
        : []),
    ].map(costCells),
    notes: [
      ...(unread === undefined ? [] : [unread]),
      'Hours are the wall time of training and evaluation, summed over runs; core-hours are hours × threads. A run counts as a run on a GPU if its row records a device other than the CPU; older rows record none.',
      energyText(total),
      `Measured: the counters of the processors and their memory (RAPL), of the whole machine. Estimated: core-hours × ${WATTS_PER_CORE} W, an assumption; memory, cooling, GPUs and the rest of the machine are not in it.`,
    ],
  }
  const paper: TextTable = {
    id: 'stated',
    title: 'Beside the paper’s stated training time',
    head: [
      left('Model'),
      right('Rows'),
      ...['Hours on 2 A100', 'GPU-hours'].map(text => ({...right(text), group: 'Paper'})),
      ...['Runs', 'Core-hours a run', 'GPU-hours a run'].map(text => ({...right(text), group: 'Ours'})),
    ],
    rows: stated.map(({model, title, rows, ours}) =>
      cells(
        title,
        String(rows),
        statedHours(model) ?? 'not stated',
        statedHours(model, PAPER_GPUS) ?? '',
        String(ours?.runs ?? 0),
        ours ? hoursText(ours.coreHours) : '',
        ours ? hoursText(ours.gpuHours) : '',
      ),
    ),
    notes: [
      `The paper states about 6 hours for a 2B model, 14 for 7B and 8B, and up to 4 for a ViT, on ${PAPER_GPUS} A100 GPUs with 80 GB, for training alone; whether for one run is not stated. GPU-hours assume that both GPUs were in use.`,
    ],
  }
  return {title: 'Computation and energy', tables: [ours, paper]}
}

function costCells({suite, runs, hours, coreHours, gpuHours, energy}: SuiteCost): TableCell[] {
  const {measuredRuns, measured, estimated} = energy
  return cells(
    suite,
    formatCount(runs),
    hoursText(hours),
    hoursText(coreHours),
    hoursText(gpuHours),
    measuredRuns === 0 ? 'none' : `${joulesText(measured)} (${pluralize(measuredRuns, 'run')})`,
    measuredRuns === runs ? '' : `≈ ${joulesText(estimated)}`,
  )
}

function checklistSection({checklist}: ReproductionSummary): Section {
  const areas = [...groupBy(checklist, ({area}) => area)]
  const rows = areas.flatMap(([area, points]) =>
    points.map(({point, status, text}, i): TableCell[] => [
      {text: i === 0 ? area : '', first: i === 0 || undefined},
      {text: point},
      {text: status, tone: status === 'recorded' ? 'good' : status === 'not recorded' ? 'bad' : 'quiet'},
      {text},
    ]),
  )
  return {
    title: 'Reproducibility checklist',
    notes: [
      'The points follow the checklists of NeurIPS and of the ML Reproducibility Challenge, in words of our own. Each is filled from the rows.',
    ],
    tables: [
      {
        id: 'checklist',
        title: 'Point by point',
        head: [left('Area'), left('Point'), left('Status'), left('Answer')],
        rows,
      },
    ],
  }
}

function rerunSection({reruns}: ReproductionSummary): Section {
  const table: TextTable = {
    id: 'reruns',
    title: 'Each recipe, and the command that reproduces its rows',
    head: ['Recipe', 'Hash', 'Model and data', 'Software', 'Command'].map(left),
    rows: reruns.map(rerunCells),
    notes: [
      'Hash: of the resolved recipe with its seed, and of the contents of its model and data; of several seeds the first is shown, and report.json has all. Check out the commit first, in svft’s repository: on the same kind of processor, with the same number of threads, scores are the same to the last bit.',
    ],
  }
  return {title: 'Versions, hashes and commands', tables: [table]}
}

function rerunCells(rerun: Rerun): TableCell[] {
  const {recipe, set, hashes, model, modelRevisions, dataRevisions, command} = rerun
  const texts = cells(
    set === undefined ? recipe : `${recipe} ${set}`,
    firstText(hashes),
    `${model} ${firstText(modelRevisions)}; data ${firstText(dataRevisions)}`,
    softwareText(rerun),
  )
  if (command !== undefined) return [...texts, {text: command, isCommand: true}]
  const text = isTrial(recipe) ? 'a trial, which svft tune runs' : `no recipe named ${recipe} is among those here`
  return [...texts, {text, tone: 'quiet'}]
}

function softwareText({versions, commits, lostCommits, earlierCommits, dirty, computed}: Rerun): string {
  const marked = commits.map(commit => {
    if (lostCommits.includes(commit)) return `${commit} (not in this repository)`
    return earlierCommits.includes(commit) ? `${commit} (which lacks the recipe: keep a copy)` : commit
  })
  return [
    `svft ${[...versions, ...marked].join(' ')}`,
    ...(dirty > 0 ? [`${pluralize(dirty, 'run')} with uncommitted changes`] : []),
    ...computed,
  ].join('; ')
}

/** The first of several values, and the number of the others. */
const firstText = (values: readonly string[]): string => listSome(values, 1) || 'not recorded'
