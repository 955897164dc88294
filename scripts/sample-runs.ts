// npx tsx scripts/sample-runs.ts <folder> [seeds]: makes up finished runs of everything that the paper prints, with
// predictions and losses, to view and time a full svft report.
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {predictionsFile} from '../src/recipes/run-folder.ts'
import {writeRow} from '../src/results/results-file.ts'
import type {Row} from '../src/results/row.ts'
import {random} from '../src/tensor/random.ts'
import {paperRows} from '../test/support/paper-rows.ts'
import {printLine, runWhenStarted} from './start.ts'

await runWhenStarted(import.meta.url, async ([folder = 'sample-runs', seeds = '1']) => {
  const rows = paperRows(
    Array.from({length: Number(seeds)}, (_, seed) => seed),
    {points: true},
  )
  for (const row of rows) await writeRun(join(folder, `${row.recipe.replaceAll(/[^\w]+/g, '-')}-s${row.seed}`), row)
  printLine(`${rows.length} runs in ${folder}`)
})

async function writeRun(folder: string, row: Row): Promise<void> {
  const draws = random(row.seed, `${row.recipe} answers`)
  const checkpoint = join(folder, 'checkpoints', `step-${String(row.steps).padStart(6, '0')}`)
  await mkdir(checkpoint, {recursive: true})
  for (const [column, {score, n, metric}] of Object.entries(row.scores)) {
    if (metric) continue
    const right = Math.round(score * n)
    const lines = [...draws.permutation(n)].map((place, index) => JSON.stringify({index, correct: place < right}))
    await writeFile(join(folder, predictionsFile(column)), `${lines.join('\n')}\n`)
  }
  const losses = Array.from({length: row.steps}, (_, step) => Math.exp(-step / 40) + 0.1 + 0.03 * draws.uniform())
  await writeFile(join(checkpoint, 'state.json'), JSON.stringify({losses}))
  await writeRow(folder, row)
}
