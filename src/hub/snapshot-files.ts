import {readdir, stat} from 'node:fs/promises'
import {join, relative, sep} from 'node:path'
import {Fault} from '../base/fault.ts'
import type {Choose} from './choose.ts'
import {snapshotFolder} from './layout.ts'
import type {HubFile} from './tree.ts'

/**
 * What is needed of a commit, from its snapshot alone: Python need not have fetched all of it, nor listed what there is.
 * Undefined where there is no snapshot, or a part of what is needed is visibly not in it.
 */
export async function snapshotFiles(
  folder: string,
  commit: string,
  choose: Choose,
): Promise<{readonly files: readonly HubFile[]} | undefined> {
  const root = snapshotFolder(folder, commit)
  const entries = await readdir(root, {recursive: true, withFileTypes: true}).catch(() => [])
  const files: HubFile[] = []
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const found = await stat(path).catch(() => undefined) // a link to a blob that is gone
    if (!found?.isFile()) continue
    files.push({path: relative(root, path).split(sep).join('/'), bytes: found.size, gitOid: ''})
  }
  try {
    const needed = choose(files)
    return isWhole(needed, choose) ? {files: needed} : undefined
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

/** Whether all numbered parts that `choose` would take, like `train-00000-of-00002.parquet`, are here. */
function isWhole(files: readonly HubFile[], choose: Choose): boolean {
  const here = new Set(files.map(({path}) => path))
  const families = new Map<string, readonly string[]>()
  for (const {path} of files) {
    const [, before, number, of, after] = /^(.*-)(\d+)(-of-\d+)(.*)$/.exec(path) ?? []
    if (number === undefined) continue
    const count = Number(of.slice('-of-'.length))
    const numbers = Array.from({length: Math.min(count, MOST_PARTS) + 1}, (_, i) =>
      String(i).padStart(number.length, '0'),
    )
    families.set(
      before + of + after,
      numbers.map(each => before + each + of + after),
    )
  }
  return [...families.values()].every(parts => {
    const all = [...files, ...parts.filter(path => !here.has(path)).map(path => ({path, bytes: 0, gitOid: ''}))]
    const wanted = choose(all).filter(({path}) => parts.includes(path))
    return wanted.filter(({path}) => here.has(path)).length >= Math.min(wanted.length, parts.length - 1) // from 0 or from 1
  })
}

const MOST_PARTS = 10_000
