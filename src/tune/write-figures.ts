import {groupBy} from '../base/collections.ts'
import {resultsFolder} from '../base/folders.ts'
import {drawFigure} from '../report/draw/figure.ts'
import {buildEntries} from '../report/entries.ts'
import {tuningCurves} from '../report/figures/tuning-curves.ts'
import {writeFigures} from '../report/formats/write-figures.ts'
import {setupOf} from '../report/row-setups.ts'
import type {Row} from '../results/row.ts'

/** Draws the validation scores of trials against the tuned values, as SVG and PNG beside the results. Returns the files. */
export async function writeTuningFigures(rows: readonly Row[]): Promise<readonly string[]> {
  const {entries} = buildEntries(rows.map(row => ({row, setup: setupOf(row)})))
  const figures = [...groupBy(entries, ({suite}) => suite)].flatMap(([suite, own]) => tuningCurves(suite, own))
  return writeFigures(figures.map(drawFigure), resultsFolder(), {looks: ['light']})
}
