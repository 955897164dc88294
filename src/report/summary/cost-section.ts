import {compact} from '../../base/collections.ts'
import {formatCount, pluralize} from '../../base/pluralize.ts'
import {PAPER_GPUS, statedText} from '../../paper/compute.ts'
import type {Section} from '../section.ts'
import {cells, left, right, type TableCell, type TextTable} from '../tables/text-table.ts'
import {type SuiteCost, WATTS_PER_CORE} from './cost.ts'
import {energyText, hoursText, joulesText} from './cost-text.ts'
import {unreadTrialsText} from './search-text.ts'
import type {ReproductionSummary} from './summary.ts'

/** The cost of our runs, and beside it the hours of training that the paper states. */
export const costSection = (summary: ReproductionSummary): Section => ({
  title: 'Computation and energy',
  tables: [ownTable(summary), statedTable(summary)],
})

function ownTable({trials, costs, reportedCost, searchCost, total}: ReproductionSummary): TextTable {
  const unread = unreadTrialsText(trials)
  const hasSearches = searchCost.runs > 0
  return {
    id: 'cost',
    title: 'Computation and energy of our runs',
    head: [
      left('Suite'),
      ...['Runs', 'Hours', 'Core-hours', 'GPU-hours', 'Measured energy', 'Estimated energy'].map(right),
    ],
    rows: compact([
      ...costs,
      costs.length > 1 && {suite: 'all reported rows', ...reportedCost},
      hasSearches && {suite: 'trials of searches', ...searchCost},
      hasSearches && {suite: 'all', ...total},
    ]).map(costCells),
    notes: compact([
      unread,
      'Hours are the wall time of training and evaluation, summed over runs; core-hours are hours × threads. A run counts as a run on a GPU if its row records a device other than the CPU; older rows record none.',
      energyText(total),
      `Measured: the counters of the processors and their memory (RAPL), of the whole machine. Estimated: core-hours × ${WATTS_PER_CORE} W, an assumption; memory, cooling, GPUs and the rest of the machine are not in it.`,
    ]),
  }
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

const statedTable = ({stated}: ReproductionSummary): TextTable => ({
  id: 'stated',
  title: 'Beside the paper’s stated training time',
  head: [
    left('Model'),
    right('Rows'),
    ...[`Hours on ${PAPER_GPUS} A100`, 'GPU-hours'].map(text => ({...right(text), group: 'Paper'})),
    ...['Runs', 'Core-hours a run', 'GPU-hours a run'].map(text => ({...right(text), group: 'Ours'})),
  ],
  rows: stated.map(({model, title, rows, hours, gpuHours, ours}) =>
    cells(
      title,
      String(rows),
      statedText(model, hours) ?? 'not stated',
      statedText(model, gpuHours) ?? '',
      String(ours?.runs ?? 0),
      ours ? hoursText(ours.coreHours) : '',
      ours ? hoursText(ours.gpuHours) : '',
    ),
  ),
  notes: [
    `The paper states about 6 hours for a 2B model, 14 for 7B and 8B, and up to 4 for a ViT, on ${PAPER_GPUS} A100 GPUs with 80 GB, for training alone; whether for one run is not stated. GPU-hours assume that both GPUs were in use.`,
  ],
})
