import {join} from 'node:path'
import {makeFolder, writeText} from '../base/files.ts'
import {isObject, parseStrictObject} from '../base/json.ts'
import {readWhole} from '../base/read-file.ts'
import {fileOf, type HubFile} from './hub-file.ts'

// A commit never changes, so neither does the list of its files. Python's huggingface_hub caches it next to the snapshots, in
// this format, and reads the lists that svft writes.

/** The cached list of a commit's files; undefined if there is none that can be read. */
export async function readTree(folder: string, commit: string): Promise<readonly HubFile[] | undefined> {
  const path = pathOf(folder, commit)
  const tree = await readWhole(path)
    .then(bytes => parseStrictObject(bytes, path))
    .catch(() => undefined)
  if (tree?.format_version !== VERSION || !isObject(tree.files)) return undefined
  const files = Object.entries(tree.files).map(([name, entry]) => {
    if (!isObject(entry)) return undefined
    const {size, blob_id: oid, lfs_sha256: sha256, lfs_size: bytes} = entry
    return fileOf(name, {size, oid, lfs: sha256 === undefined ? undefined : {oid: sha256, size: bytes}})
  })
  return files.every(file => file !== undefined) ? files : undefined
}

export async function writeTree(folder: string, commit: string, files: readonly HubFile[]): Promise<void> {
  const entries = files.map(({path, bytes, gitOid, sha256}) => {
    const large = sha256 === undefined ? {} : {lfs_sha256: sha256, lfs_size: bytes}
    return [path, {size: bytes, blob_id: gitOid, ...large}] as const
  })
  const tree = {format_version: VERSION, files: Object.fromEntries(entries)}
  await makeFolder(join(folder, 'trees'))
  await writeText(pathOf(folder, commit), JSON.stringify(tree, undefined, 1))
}

const pathOf = (folder: string, commit: string) => join(folder, 'trees', `${commit}.json`)
const VERSION = 1
