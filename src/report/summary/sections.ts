import {compact, groupBy, sum} from '../../base/collections.ts'
import {pluralize} from '../../base/pluralize.ts'
import {columnTitle} from '../../paper/test-sets.ts'
import type {Section} from '../section.ts'
import {paperLabel} from '../tables/labels.ts'
import type {JudgedRow} from '../tables/paper-tables.ts'
import {cells, left, right, type TableCell, type TextTable} from '../tables/text-table.ts'
import {claimSection} from './claim-section.ts'
import {costSection} from './cost-section.ts'
import {PLANNED_RATES} from './planned-cost.ts'
import {rerunSection} from './rerun-section.ts'
import type {ReproductionSummary} from './summary.ts'
import {trialSection} from './trial-section.ts'

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
  const missing = sum(notRun.map(({missing}) => missing.length))
  const partial = notRun.flatMap(({partial}) => partial)
  const notes = compact([
    missing === 0
      ? 'Every row that the paper prints has a result.'
      : `${pluralize(missing, 'row')} of the paper without a result of ours.`,
    partial.length > 0 && `Run in part: ${partial.join(', ')}.`,
    missing > 0 &&
      `Rows do not record why something was not run. What it takes is listed for one training and its evaluation, the least and the most over the model’s tasks, as svft plan estimates it for LoRA of the largest rank in float32 on two cores that reach ${PLANNED_RATES.flopsPerSecond / 1e9} GFLOP/s together. A row with several data sets or checkpoints is a training for each. The command in the last column estimates all of it for your machine.`,
  ])
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
