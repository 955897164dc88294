import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Makes the folders of a suite's data, which is part of this repository, and of its pre-training, which git ignores. */
export function makeFolders(suite: string) {
  const folders = {
    data: join(ROOT, 'configs', suite, 'mini/data'),
    corpus: join(ROOT, `runs/${suite}-mini-pretraining`),
  }
  for (const folder of Object.values(folders)) mkdirSync(folder, {recursive: true})
  return folders
}

export const writeJsonLines = (file: string, entries: readonly unknown[]) =>
  writeFileSync(file, entries.map(entry => `${JSON.stringify(entry)}\n`).join(''))
