import {randomBytes} from 'node:crypto'
import {readdir, rm} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {makeFolder, writeText} from '../../base/files.ts'
import {runsFolder} from '../../base/folders.ts'
import {readText} from '../../base/read-file.ts'
import {shellWord} from '../../base/text/shell-words.ts'
import {expanded} from '../../hub/settings.ts'
import type {Cell} from '../cells.ts'
import {CPUS} from './options.ts'
import {submit} from './queue.ts'
import {messagesFolder} from './task-message.ts'

/** An array of tasks, one for each cell, and the folder that the tasks share with the sweeps that follow them. */
export interface Submission {
  /** The name of the array and of the folder, like `svft-0123456789ab`. */
  readonly name: string
  readonly folder: string
  readonly cells: readonly Pick<Cell, 'label' | 'recipe'>[]
}

export const submissionsFolder = () => join(runsFolder(), '.slurm')

/** The submissions that were made from this working folder. */
export async function submissions(): Promise<readonly Submission[]> {
  const names = await readdir(submissionsFolder()).catch(() => [])
  const found = names
    .filter(name => /^svft-[0-9a-f]{12}$/.test(name))
    .map(name => readSubmission(join(submissionsFolder(), name)))
  return (await Promise.all(found)).filter(one => one !== undefined)
}

export async function readSubmission(folder: string): Promise<Submission | undefined> {
  const text = await readText(join(folder, 'cells.json')).catch(() => undefined)
  if (text === undefined) return undefined // not written yet
  const cells = JSON.parse(text) as Submission['cells'] // written whole, by svft
  return {name: basename(folder), folder, cells}
}

/**
 * Submits cells as one array. Slurm writes a job's environment to its disks, so that of this process' environment only
 * paths are passed on. Returns the submission with Slurm's id.
 */
export async function submitCells(
  cells: Submission['cells'],
  {options, mostRunning}: {readonly options: readonly string[]; readonly mostRunning?: number | undefined},
): Promise<Submission & {readonly id: string}> {
  const name = `svft-${randomBytes(6).toString('hex')}`
  const folder = join(submissionsFolder(), name)
  const written = cells.map(({label, recipe}) => ({label, recipe}))
  await makeFolder(messagesFolder(folder))
  const cpus = options.findLast(option => option.startsWith(`${CPUS}=`))?.slice(CPUS.length + 1)
  await writeText(join(folder, 'job.sh'), script(folder, cpus ?? '1'))
  await writeText(join(folder, 'cells.json'), JSON.stringify(written))
  const threads = Math.max(1, ...cells.map(({recipe}) => recipe.threads ?? 1))
  try {
    const id = await submit([
      `--job-name=${name}`,
      `--array=0-${cells.length - 1}${mostRunning === undefined ? '' : `%${mostRunning}`}`,
      '--export=NONE',
      '--requeue',
      '--open-mode=append', // or a task that is put back into the queue loses its output
      `--signal=B:USR2@${WARNING_SECONDS}`,
      `--output=${folder.replaceAll('%', '%%')}/%a.log`,
      `${CPUS}=${threads}`,
      ...options,
      join(folder, 'job.sh'),
    ])
    return {name, folder, cells: written, id}
  } catch (error) {
    await rm(folder, {recursive: true, force: true})
    throw error
  }
}

/** Equal for two cells that give the same run, whatever their labels. */
export const contentOf = ({recipe}: Submission['cells'][number]): string => JSON.stringify(recipe)

/** Removes the submissions whose cells are all done and that Slurm's queue no longer holds; the output of others stays. */
export async function clearSubmissions(
  done: readonly Submission['cells'][number][],
  queued: ReadonlySet<string>,
): Promise<void> {
  const contents = new Set(done.map(contentOf))
  for (const {name, folder, cells} of await submissions()) {
    if (queued.has(name) || !cells.every(cell => contents.has(contentOf(cell)))) continue
    await rm(folder, {recursive: true, force: true})
  }
}

/**
 * The batch script, with the number of threads of recipes that set none. The array's own CPUs are as many as its greediest
 * recipe needs, and a run must not depend on the others. It ends with `exec`, as Slurm signals the batch shell alone.
 */
function script(folder: string, threads: string): string {
  const variables = PASSED.flatMap(name => {
    const value = process.env[name]
    if (value === undefined) return []
    const passed = EXPANDED.has(name) ? expanded(value) : value // a job may lack the variables that a path names
    return [`export ${name}=${shellWord(passed)}\n`]
  })
  const task = fileURLToPath(new URL('./task.js', import.meta.url))
  const words = [process.execPath, task, folder, threads].map(shellWord).join(' ')
  return `#!/bin/sh\n${variables.join('')}cd ${shellWord(process.cwd())} || exit 74\nexec ${words}\n`
}

/** Slurm signals a task to save its state this long before its time ends. */
const WARNING_SECONDS = 120

/** Variables in which `~` and `$NAME` stand for other values (src/hub/settings.ts). */
const EXPANDED = new Set(['HF_HOME', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_TOKEN_PATH'])

/** The variables that jobs need: paths of programs, libraries, caches, certificates and the token's file, never the token. */
const PASSED = [
  'HOME',
  'PATH',
  'LD_LIBRARY_PATH',
  'XDG_CACHE_HOME',
  'GLIBC_TUNABLES',
  'SVFT_CACHE',
  'SVFT_LAPACK',
  'SVFT_OPENVINO',
  'HF_ENDPOINT',
  'HF_HOME',
  'HF_HUB_CACHE',
  'HUGGINGFACE_HUB_CACHE',
  'HF_HUB_OFFLINE',
  'TRANSFORMERS_OFFLINE',
  'HF_TOKEN_PATH',
  'NODE_EXTRA_CA_CERTS',
]
