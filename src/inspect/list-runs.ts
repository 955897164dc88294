import {existsSync} from 'node:fs'
import {runsFolder} from '../base/folders.ts'
import {compareText} from '../base/group-by.ts'
import {displayPath} from '../base/paths.ts'
import {listRunFolders} from './find-runs.ts'
import {type RunSummary, summarizeRun} from './run-summary.ts'

/** Summarizes all runs below a folder, by default runs/, the newest first. @throws Fault 'io' if it cannot be read */
export async function listRuns(folder?: string): Promise<RunSummary[]> {
  if (folder === undefined && !existsSync(runsFolder())) return []
  const runs: RunSummary[] = []
  for (const path of await listRunFolders(folder ?? displayPath(runsFolder()))) runs.push(await summarizeRun(path))
  return runs.sort((a, b) => compareText(b.changed ?? '', a.changed ?? '') || compareText(a.name, b.name))
}
