import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join, resolve} from 'node:path'
import {Fault, ioFault, throwIoFault} from './fault.ts'
import {cacheFolder} from './folders.ts'
import {isBelow} from './paths.ts'
import {GIBIBYTE, isMissing} from './read-file.ts'
import {temporaryBeside} from './temporary.ts'

export interface AtomicWriteOptions {
  /** Leave a file that is at `path` when the new one is complete: the first of several writers wins. */
  readonly keep?: boolean | undefined
}

/** Writes a file completely or not at all: under another name in its folder, fsynced, then renamed to `path`. */
export async function writeAtomically(
  path: string,
  write: (append: Append) => Promise<void>,
  {keep = false}: AtomicWriteOptions = {},
): Promise<void> {
  try {
    const temporary = await temporaryBeside(resolve(path))
    try {
      const handle = await open(temporary, 'wx')
      try {
        await write(bytes => appendAll(handle, bytes, path))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await (keep ? renameUnlessTaken(temporary, path) : rename(temporary, path))
    } catch (error) {
      await rm(temporary, {force: true}).catch(() => {}) // the first error counts
      throw error
    }
    await sync(dirname(resolve(path)))
  } catch (error) {
    throw ioFault(path, error)
  }
}

async function appendAll(handle: FileHandle, bytes: Uint8Array, path: string): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const {bytesWritten} = await handle.write(bytes, done, Math.min(bytes.length - done, GIBIBYTE))
    if (bytesWritten === 0) throw new Fault('io', `${path}: cannot be written: the disk accepts no more data`)
    done += bytesWritten
  }
}

async function renameUnlessTaken(temporary: string, path: string): Promise<void> {
  await link(temporary, path).catch(async error => {
    if (error.code !== 'EEXIST') await lstat(path).catch(() => rename(temporary, path)) // a disk without hard links
  })
  await rm(temporary, {force: true})
}

export type Append = (bytes: Uint8Array) => Promise<void>

export const writeBytes = (file: string, bytes: Uint8Array) => writeAtomically(file, append => append(bytes))

export const writeText = (file: string, text: string) => writeBytes(file, Buffer.from(text))

export const writeJson = (file: string, value: unknown) => writeText(file, `${JSON.stringify(value, undefined, 2)}\n`)

/**
 * Writes a file that a user chose. A link to it stays a link, and a device or pipe, such as /dev/null, is written into; so is a
 * stream of this process, such as /dev/stdout, even if a shell has redirected it to a file.
 */
export async function writeOutput(path: string, text: string): Promise<void> {
  const stream = {'/dev/stdout': process.stdout, '/dev/stderr': process.stderr}[resolve(path)]
  if (stream) return void stream.write(text)
  const link = await readlink(path).catch(() => undefined)
  const linked = link === undefined ? path : resolve(dirname(path), link) // where it leads, even if nothing is there
  const file = await realpath(path).catch(() => linked)
  const found = await stat(file).catch(() => undefined)
  const isStream = path.startsWith('/dev/fd/') || (found && !found.isFile() && !found.isDirectory())
  if (!isStream) return writeText(file, text)
  await writeFile(path, text, {flag: 'a'}).catch(throwIoFault(path))
}

/** Whether a link is at `path`, even if nothing is where it leads. */
export const isLink = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined))?.isSymbolicLink() ?? false

/**
 * Creates a folder and its parents, fsynced, so that they survive a loss of power. They are created one by one, since Node's
 * `recursive` never ends if none can be created, as below /proc.
 *
 * @throws Fault 'io'
 */
export async function makeFolder(path: string): Promise<void> {
  const above = dirname(path)
  try {
    await mkdir(path).catch(async error => {
      if (error.code !== 'ENOENT' || above === path) throw error
      await makeFolder(above)
      await mkdir(path)
    })
  } catch (error) {
    const found = await stat(path).catch(() => undefined)
    if (found?.isDirectory()) return
    const what = found ? 'a file, not a folder' : (await isLink(path)) && 'a link to a folder that does not exist'
    throw what ? new Fault('io', `${path}: ${what}`, {cause: error}) : ioFault(path, error)
  }
  await sync(above).catch(throwIoFault(above))
}

/**
 * Creates a folder for temporary files, and returns its path.
 *
 * @throws Fault 'io'
 */
export async function makeTemporaryFolder(purpose: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), `svft-${purpose}-`))
  } catch (error) {
    const fault = ioFault(tmpdir(), error)
    if (!(fault instanceof Fault)) throw error
    throw new Fault('io', `${fault.message}; set TMPDIR to a folder that can be written`, {cause: error})
  }
}

/** Whether writing failed because this process may not write there, as in a cache that others share. */
export const isReadOnly = (error: unknown): boolean => READ_ONLY.has(String(systemError(error)?.code))

/**
 * Runs `work`, which writes into svft's cache; if the cache cannot be written or made, the fault names the variable that
 * moves it. What failed may be in the cache, or a folder above it that is missing.
 */
export async function writingCache<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const {code, path} = systemError(error) ?? {}
    const isAbove = path !== undefined && isBelow(cacheFolder(), path)
    const isWithin = path !== undefined && isBelow(path, cacheFolder()) && code !== 'ENOENT' // a file of it may be gone
    if (!(error instanceof Fault && (isAbove || isWithin) && NO_CACHE.has(String(code)))) throw error
    const {kind, message} = error
    throw new Fault(kind, `${message}; set SVFT_CACHE to a folder that can be written`, {cause: error})
  }
}

/** The error of the file system behind a fault. */
function systemError(error: unknown): NodeJS.ErrnoException | undefined {
  let cause = error
  while (cause instanceof Fault) cause = cause.cause
  return cause instanceof Error ? cause : undefined
}

const READ_ONLY = new Set(['EACCES', 'EPERM', 'EROFS'])

/** How a folder of the cache cannot be made or written. */
const NO_CACHE = new Set([...READ_ONLY, 'ENOENT', 'ENOTDIR', 'EEXIST'])

/** Removes a file, or a folder with all its contents; a missing one is no error. */
export async function remove(path: string): Promise<void> {
  try {
    const found = await lstat(path)
    if (found.isDirectory()) await rm(path, {recursive: true, force: true})
    else await unlink(path) // without permission, Node's rm would report that it is not a folder
  } catch (error) {
    const fault = ioFault(path, error)
    if (isMissing(fault)) return
    if (!(fault instanceof Fault)) throw error
    const reason = fault.message.slice(path.length + 2)
    throw new Fault('io', `${path}: cannot be removed: ${reason}; remove it by hand, then run the command again`, {
      cause: error,
    })
  }
}

/** Fsyncs a file, or the names in a folder where its file system can. */
export async function sync(path: string): Promise<void> {
  await fsync(path).catch(async error => {
    const found = await stat(path).catch(() => undefined)
    if (!(found?.isDirectory() && NO_FOLDER_SYNC.has(error.code))) throw error
  })
}

/** How file systems refuse to fsync a folder. */
const NO_FOLDER_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR'])

async function fsync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
