import {join} from 'node:path'
import {makeFolder, writeBytes} from '../base/files.ts'
import {resultsFolder} from '../base/folders.ts'
import {groupBy} from '../base/group-by.ts'
import {drawFigure} from '../report/draw/figure.ts'
import {openRasterizer} from '../report/draw/png.ts'
import {renderSvg} from '../report/draw/svg.ts'
import {buildEntries} from '../report/entries.ts'
import {tuningCurves} from '../report/figures/tuning-curves.ts'
import {setupOf} from '../report/row-setups.ts'
import type {Row} from '../results/row.ts'

/** Draws the validation scores of trials against the tuned values, as SVG and PNG beside the results. Returns the files. */
export async function writeTuningFigures(rows: readonly Row[]): Promise<readonly string[]> {
  const {entries} = buildEntries(rows.map(row => ({row, setup: setupOf(row)})))
  const figures = [...groupBy(entries, ({suite}) => suite)].flatMap(([suite, own]) => tuningCurves(suite, own))
  if (figures.length === 0) return []
  await makeFolder(resultsFolder())
  const rasterizer = await openRasterizer()
  const files: string[] = []
  try {
    for (const {id, specs} of figures.map(drawFigure)) {
      const svg = await renderSvg(specs.light)
      for (const [ending, bytes] of [
        ['svg', Buffer.from(svg)],
        ['png', await rasterizer.png(svg, 2)],
      ] as const) {
        const file = join(resultsFolder(), `${id}.${ending}`)
        await writeBytes(file, bytes)
        files.push(file)
      }
    }
  } finally {
    await rasterizer.close()
  }
  return files
}
