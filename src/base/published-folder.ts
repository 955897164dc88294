import type {Stats} from 'node:fs'
import {lstat, mkdir, rename, rm} from 'node:fs/promises'
import {dirname, join, relative, resolve, sep} from 'node:path'
import {z} from 'zod'
import {Fault, ioFault, throwIoFault} from './fault.ts'
import {makeFolder, remove, sync, writeText} from './files.ts'
import {isReserved, parseStrictObject} from './json.ts'
import {entriesBelow} from './list-files.ts'
import {hashFile, isMissing, readWhole} from './read-file.ts'
import {temporaryBeside} from './temporary.ts'

// A published folder exists completely or not at all. It is written under another name, its manifest last, each file and
// folder fsynced, then renamed: after a crash at any moment it either verifies or does not exist. The manifest also reveals
// later changes by the disk, a copy or a user.

export interface PublishOptions {
  /**
   * The treatment of what is at the target: `refuse` leaves it and throws. `aside` refuses a folder that verifies and renames
   * any other to `<target>.broken-<n>`, for a run that resumed before a checkpoint it found damaged and now comes to that step
   * again. `replace` removes it once the new folder is whole.
   */
  readonly existing?: 'refuse' | 'aside' | 'replace'
}

/** Publishes as `target` the files that `write` puts into a temporary folder; if it throws, nothing is left of them. */
export async function publishFolder(
  target: string,
  write: (temporary: string) => Promise<void>,
  {existing = 'refuse'}: PublishOptions = {},
): Promise<void> {
  const path = resolve(target)
  try {
    await makeFolder(dirname(path))
    await mustGiveWay(path, existing) // throws before the work of writing
    const temporary = await temporaryBeside(path)
    try {
      await mkdir(temporary)
      await write(temporary)
      await seal(temporary)
      await moveIntoPlace(temporary, path, existing)
    } catch (error) {
      await rm(temporary, {recursive: true, force: true}).catch(() => {}) // the first error counts
      throw error instanceof Fault
        ? new Fault(error.kind, error.message.replaceAll(temporary, path), {cause: error})
        : error
    }
    await sync(dirname(path))
  } catch (error) {
    throw ioFault(target, error)
  }
}

/** Renames a complete folder to `path`. What is there gets another name before, and, to be replaced, is removed afterwards. */
async function moveIntoPlace(temporary: string, path: string, existing: PublishOptions['existing']): Promise<void> {
  const old = (await mustGiveWay(path, existing)) ? await asideName(path, existing) : undefined
  if (old !== undefined) await rename(path, old)
  try {
    await rename(temporary, path) // never onto a folder that holds a file: the system refuses
  } catch (error) {
    if (old !== undefined) await rename(old, path).catch(() => {}) // the first error counts
    throw error
  }
  if (old !== undefined && existing === 'replace') await remove(old).catch(() => {}) // a leftover, removed later
}

/**
 * Finds the reason why a folder does not verify; undefined if every file in its manifest is as it was written. The fault is
 * 'input' if the folder is damaged; any other proves nothing about its content, as when a disk or a network fails for the
 * moment.
 */
export async function findDamage(folder: string): Promise<Fault | undefined> {
  const damaged = (message: string) => new Fault('input', message)
  try {
    for (const [name, {bytes, sha256}] of Object.entries(await readManifest(folder))) {
      const path = join(folder, name)
      const found = await lstat(path).catch(throwIoFault(path))
      if (!found.isFile()) return damaged(`${path}: not a regular file`)
      if (found.size !== bytes) return damaged(`${path}: has ${found.size} bytes; ${bytes} were written`)
      if ((await hashFile(path)) !== sha256) return damaged(`${path}: its bytes are not those that were written`)
    }
    return undefined
  } catch (error) {
    const fault = ioFault(folder, error)
    if (fault instanceof Fault) return isMissing(fault) ? damaged(fault.message) : fault
    throw error
  }
}

/** Whether something is here that must and may be renamed before the new folder gets its name; throws if it may not. */
async function mustGiveWay(path: string, existing: PublishOptions['existing']): Promise<boolean> {
  const found = await lookUp(path)
  if (found === undefined) return false
  if (existing === 'replace') return true
  if (existing === 'aside' && found.isDirectory() && (await findDamage(path))) return true
  throw new Fault(existing === 'refuse' ? 'usage' : 'io', `${path}: already exists; move it away first`)
}

async function asideName(path: string, existing: PublishOptions['existing']): Promise<string> {
  if (existing === 'replace') return temporaryBeside(path)
  let n = 1
  while (await lookUp(`${path}.broken-${n}`)) n++
  return `${path}.broken-${n}`
}

/** Fsyncs the files of a folder and writes its manifest. */
async function seal(folder: string): Promise<void> {
  const entries = await entriesBelow(folder)
  const paths = entries.map(entry => join(entry.parentPath, entry.name))
  const files: ManifestFiles = Object.create(null)
  for (const path of paths.filter((_, i) => !entries[i].isDirectory()).sort()) {
    const name = relative(folder, path).split(sep).join('/')
    const found = await lstat(path)
    if (!found.isFile() || !isName(name)) throw new Fault('failed', `${path}: cannot be published`)
    await sync(path)
    files[name] = {bytes: found.size, sha256: await hashFile(path)}
  }
  for (const path of paths.filter((_, i) => entries[i].isDirectory())) await sync(path)
  await writeText(join(folder, MANIFEST), encode(files))
}

const Manifest = z.object({
  files: z.record(z.string().refine(isName), z.object({bytes: z.number(), sha256: z.string()})),
})
type ManifestFiles = z.output<typeof Manifest>['files']

async function readManifest(folder: string): Promise<ManifestFiles> {
  const path = join(folder, MANIFEST)
  const text = await readWhole(path)
  const {data} = Manifest.safeParse(parseStrictObject(text, path))
  if (data && encode(data.files) === Buffer.from(text).toString()) return data.files
  throw new Fault('input', `${path}: not as it was written`)
}

/** The canonical text of a manifest, so that a changed space or digit is detected too. */
const encode = (files: ManifestFiles) => `${JSON.stringify({files}, undefined, 2)}\n`

/** A file below the folder, by its path from there; the manifest cannot list itself. */
function isName(name: string): boolean {
  return name !== MANIFEST && !isReserved(name) && name.split('/').every(part => !['', '.', '..'].includes(part))
}

const lookUp = (path: string): Promise<Stats | undefined> =>
  lstat(path).catch(error => (error.code === 'ENOENT' ? undefined : Promise.reject(error)))

const MANIFEST = 'manifest.json'
