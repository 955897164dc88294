import {stat} from 'node:fs/promises'
import {join} from 'node:path'
import {unlessFault} from '../base/fault.ts'
import {listFiles} from '../base/list-files.ts'
import type {Choose} from './choose-files.ts'
import type {HubFile} from './hub-file.ts'
import {snapshotFolder} from './layout.ts'

/**
 * Chooses the needed files of a commit from its snapshot alone, which Python may have downloaded in part and without a list.
 * Undefined if there is no snapshot, or if a needed file is visibly missing.
 */
export async function snapshotFiles(
  folder: string,
  commit: string,
  choose: Choose,
): Promise<{readonly files: readonly HubFile[]} | undefined> {
  const root = snapshotFolder(folder, commit)
  const files: HubFile[] = []
  for (const path of await listFiles(root)) {
    const found = await stat(join(root, path)).catch(() => undefined) // a link to a removed blob
    if (found?.isFile()) files.push({path, bytes: found.size, gitOid: ''})
  }
  return unlessFault(async () => {
    const needed = choose(files)
    return isWhole(needed, choose) ? {files: needed} : undefined
  })
}

/** Whether all numbered parts that `choose` would take, like `train-00000-of-00002.parquet`, are present. */
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
