import {readFile} from 'node:fs/promises'
import {basename, resolve} from 'node:path'
import {Fault} from '../engine/fault.ts'
import {score} from '../evaluate/evaluate.ts'
import {readPredictions} from '../evaluate/predictions.ts'
import {writeRow} from '../report/results.ts'
import type {Row} from '../report/row.ts'
import {TASKS} from '../tasks/index.ts'
import {collect, finishedRow} from './rows.ts'
import {folderAt, locked} from './run-folder.ts'
import type {Recipe} from './schema.ts'
import {predictionsFile} from './score-model.ts'

export interface Rescored {
  readonly recipe: Recipe
  readonly folder: string
  readonly row: Row
  /** The scores that the row had before. */
  readonly before: Row['scores']
  readonly results: string
}

/** Scores the kept answers of a finished run again, with nothing generated, and writes its row and results anew. */
export async function rescore(path: string): Promise<Rescored> {
  const folder = folderAt(resolve(path), basename(path))
  const recipe = await readRunRecipe(folder.file('recipe.json'))
  const row = await finishedRow(folder)
  if (!row) throw new Fault('input', `${path}: the run has not finished; svft run goes on with it`)

  return locked(folder, async () => {
    const scores: Row['scores'] = {}
    for (const split of Object.keys(row.scores)) {
      const predictions = await readPredictions<number>(folder.file(predictionsFile(split)))
      if (predictions.length !== row.scores[split].n) {
        const wanted = `${row.scores[split].n} answers`
        throw new Fault(
          'input',
          `${folder.file(predictionsFile(split))}: ${wanted} expected, found ${predictions.length}`,
        )
      }
      const again = score(predictions, TASKS[recipe.task])
      scores[split] = {score: again.score, n: again.n}
    }
    await writeRow(folder.path, {...row, scores})
    const {file} = await collect(recipe)
    return {recipe, folder: folder.path, row: {...row, scores}, before: row.scores, results: file}
  })
}

async function readRunRecipe(file: string): Promise<Recipe> {
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new Fault('input', `${file}: cannot be read: ${cause.code}; the folder of a run holds recipe.json`, {cause})
  })
  return JSON.parse(text)
}
