import {existsSync} from 'node:fs'
import {compareText, groupBy} from '../base/collections.ts'
import {runsFolder} from '../base/folders.ts'
import {displayPath} from '../base/paths.ts'
import {mapPaths} from '../recipes/file/change-recipe.ts'
import {modelName} from '../recipes/file/hub-sources.ts'
import {computedValues, overrideText} from '../recipes/file/overrides-text.ts'
import {listRunFolders} from './find-runs.ts'
import {type RunSummary, type SummarizedRun, summarizeWithRecipe} from './run-summary.ts'

/** Summarizes all runs below a folder, by default runs/, the newest first. @throws Fault 'io' if it cannot be read */
export async function listRuns(folder?: string): Promise<RunSummary[]> {
  if (folder === undefined && !existsSync(runsFolder())) return []
  const runs: SummarizedRun[] = []
  for (const path of await listRunFolders(folder ?? displayPath(runsFolder())))
    runs.push(await summarizeWithRecipe(path))
  const differing = differingValues(runs)
  return runs
    .map(({summary}) => ({...summary, differs: differing.get(summary)}))
    .sort((a, b) => compareText(b.changed ?? '', a.changed ?? '') || compareText(a.name, b.name))
}

/** The values in which runs of one recipe differ, as for the trials of a search; runs that equal all others have none. */
function differingValues(runs: readonly SummarizedRun[]): ReadonlyMap<RunSummary, readonly string[]> {
  const differing = new Map<RunSummary, readonly string[]>()
  for (const [recipe, alike] of groupBy(runs, ({summary}) => summary.recipe)) {
    if (recipe === undefined || alike.length < 2) continue
    const values = new Map<RunSummary, ReadonlyMap<string, string>>()
    for (const {summary, written} of alike) {
      if (written) values.set(summary, computedValues(mapPaths(written, modelName))) // files by name: folders differ between machines
    }
    const paths = new Set([...values.values()].flatMap(of => [...of.keys()]))
    const varied = [...paths].sort().filter(path => new Set([...values.values()].map(of => of.get(path))).size > 1)
    for (const [run, of] of values) {
      const own = varied.map(path => overrideText(path, JSON.parse(of.get(path) ?? 'null')))
      if (own.length > 0) differing.set(run, own)
    }
  }
  return differing
}
