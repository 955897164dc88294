import {readdir, realpath, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {ioFault} from '../../src/base/fault.ts'

/**
 * Finds every folder in or below `root` with a case.json, sorted by name. Links are followed, and each folder counts
 * once.
 */
export async function findCases(root: string): Promise<string[]> {
  const seen = new Set<string>()
  const found: string[] = []

  const visit = async (folder: string) => {
    const real = await realpath(folder)
    if (seen.has(real)) return
    seen.add(real)
    for (const name of (await readdir(folder)).sort()) {
      const path = join(folder, name)
      if (name === 'case.json') found.push(folder)
      else if ((await stat(path).catch(() => undefined))?.isDirectory()) await visit(path)
    }
  }
  await visit(root).catch(error => Promise.reject(ioFault(root, error)))
  return found.sort()
}
