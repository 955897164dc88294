import {createHash} from 'node:crypto'
import {mkdir, open, readFile, rm} from 'node:fs/promises'
import {hostname} from 'node:os'
import {join} from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import {Fault} from '../engine/fault.ts'
import {ioFault} from '../weights/files.ts'
import {runsFolder} from './places.ts'
import type {Recipe} from './schema.ts'

/** A run's place on disk. */
export interface RunFolder {
  /** `<recipe>-<hash>-s<seed>`: equal recipes on equal model and data share it. */
  readonly name: string
  readonly path: string
  file(...parts: string[]): string
  /** Writes JSON whole or not at all. */
  write(file: string, value: unknown): Promise<void>
}

/** The folder of a run whose inputs hash to `identity`. */
export function runFolder(recipe: Recipe, identity: string): RunFolder {
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 8)
  const name = `${recipe.name.replaceAll('/', '-')}-${hash}-s${recipe.seed}`
  return folderAt(join(runsFolder(), name), name)
}

export function folderAt(path: string, name: string): RunFolder {
  return {
    name,
    path,
    file: (...parts) => join(path, ...parts),
    async write(file, value) {
      await writeFileAtomic(join(path, file), `${JSON.stringify(value, null, 2)}\n`).catch(error => {
        throw ioFault(join(path, file), error)
      })
    },
  }
}

/** Makes the folder and keeps a second process out of it while `work` runs. A dead process's lock is taken over. */
export async function locked<T>(folder: RunFolder, work: () => Promise<T>): Promise<T> {
  const lock = folder.file('lock')
  await mkdir(folder.path, {recursive: true}).catch(error => {
    throw ioFault(folder.path, error)
  })
  for (;;) {
    const handle = await open(lock, 'wx').catch(error => {
      if (error.code === 'EEXIST') return undefined
      throw ioFault(lock, error)
    })
    if (handle) {
      await handle.writeFile(JSON.stringify({host: hostname(), pid: process.pid}))
      await handle.close()
      break
    }
    const owner = await readOwner(lock)
    if (owner && isAlive(owner)) {
      throw new Fault(
        'failed',
        `${folder.path}: process ${owner.pid} on ${owner.host} is at work here; wait for it or stop it`,
      )
    }
    await rm(lock, {force: true})
  }
  try {
    return await work()
  } finally {
    await rm(lock, {force: true})
  }
}

interface Owner {
  readonly host: string
  readonly pid: number
}

async function readOwner(lock: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(lock, 'utf8'))
  } catch {
    return undefined // gone, or its writer died before it had written: nobody's
  }
}

/** On another host nobody can tell, so its lock holds. */
function isAlive({host, pid}: Owner): boolean {
  if (host !== hostname()) return true
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
