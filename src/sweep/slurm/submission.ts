import {randomBytes} from 'node:crypto'
import {readdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {makeFolder, writeAtomically} from '../../base/files.ts'
import {runsFolder} from '../../base/folders.ts'
import {readIfPresent} from '../../base/read-file.ts'
import {readText} from '../../base/read-text.ts'
import {shellWord} from '../../base/shell-words.ts'
import type {RunEvent} from '../../recipes/events.ts'
import type {Cell} from '../cells.ts'
import type {CellEnd} from '../run-cell.ts'
import {submit} from './queue.ts'

/** An array of tasks, one a cell, and the folder that they share with whoever follows them. */
export interface Submission {
  /** `svft-0123456789ab`: Slurm's name for the array, and the folder's. */
  readonly name: string
  readonly folder: string
  readonly cells: readonly Pick<Cell, 'label' | 'recipe'>[]
}

/** What a task says: its newest event, then how it ended. */
export interface TaskMessage {
  /** Counts what it has said. */
  readonly n: number
  readonly event?: RunEvent
  readonly warnings: readonly string[]
  readonly ended?: CellEnd
}

export const submissionsFolder = () => join(runsFolder(), '.slurm')

/** All that were made from this working folder and are not cleared away. */
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
  return {name: folder.split('/').at(-1)!, folder, cells}
}

/**
 * Submits cells as one array. Nothing of this process' environment goes along but where files are: what an environment
 * holds, Slurm writes to its disks. Answers the submission, and Slurm's id of it.
 */
export async function submitCells(
  cells: readonly Cell[],
  {options, atOnce}: {readonly options: readonly string[]; readonly atOnce?: number | undefined},
): Promise<Submission & {readonly id: string}> {
  const name = `svft-${randomBytes(6).toString('hex')}`
  const folder = join(submissionsFolder(), name)
  const written = cells.map(({label, recipe}) => ({label, recipe}))
  await makeFolder(join(folder, 'said'))
  await write(join(folder, 'job.sh'), script(folder))
  await write(join(folder, 'cells.json'), JSON.stringify(written))
  const threads = Math.max(1, ...cells.map(({recipe}) => recipe.threads ?? 1))
  try {
    const id = await submit([
      `--job-name=${name}`,
      `--array=0-${cells.length - 1}${atOnce === undefined ? '' : `%${atOnce}`}`,
      '--export=NONE',
      '--requeue',
      '--open-mode=append', // or what is put back into the queue loses what it had said
      `--signal=B:USR2@${LEAD}`,
      `--output=${folder.replaceAll('%', '%%')}/%a.log`,
      `--cpus-per-task=${threads}`,
      ...options,
      join(folder, 'job.sh'),
    ])
    return {name, folder, cells: written, id}
  } catch (error) {
    await rm(folder, {recursive: true, force: true})
    throw error
  }
}

/** Two cells of equal contents are one run. A label leaves out what all cells of its own sweep share. */
export const contentOf = ({recipe}: Submission['cells'][number]): string => JSON.stringify(recipe)

/**
 * Removes the folders of submissions whose cells are all among those done and that Slurm's queue no longer has; of others
 * what their tasks printed may still be read.
 */
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

/** What a task has said since it was put back into the queue so often. */
export async function readSaid(folder: string, index: number, restarts: number): Promise<TaskMessage | undefined> {
  const text = await readText(saidFile(folder, index, restarts)).catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as TaskMessage) // written whole, by svft
}

export const say = (
  folder: string,
  {index, restarts}: {index: number; restarts: number},
  said: TaskMessage,
): Promise<void> => write(saidFile(folder, index, restarts), JSON.stringify(said))

/** The last lines that a task has printed, of all its starts. */
export async function lastLines(folder: string, index: number): Promise<readonly string[]> {
  const bytes = await readIfPresent(join(folder, `${index}.log`)).catch(() => undefined)
  return Buffer.from(bytes ?? [])
    .toString()
    .trim()
    .split('\n')
    .filter(Boolean)
    .slice(-8)
}

const saidFile = (folder: string, index: number, restarts: number) => join(folder, 'said', `${index}.${restarts}.json`)

const write = (file: string, text: string) => writeAtomically(file, append => append(Buffer.from(text)))

/** `exec`: Slurm's warning signal goes to the batch shell alone, whose place the task has to take. */
function script(folder: string): string {
  const kept = PASSED.flatMap(name => {
    const value = process.env[name]
    return value === undefined ? [] : [`export ${name}=${shellWord(value)}\n`]
  })
  const task = fileURLToPath(new URL('./task.js', import.meta.url))
  const words = [process.execPath, task, folder].map(shellWord).join(' ')
  return `#!/bin/sh\n${kept.join('')}cd ${shellWord(process.cwd())} || exit 74\nexec ${words}\n`
}

/** Seconds before the end of its time that a task is told to save its state. */
const LEAD = 120

/** Where programs, libraries, caches and the file of the hub's token are. Never the token. */
const PASSED = [
  'HOME',
  'PATH',
  'LD_LIBRARY_PATH',
  'XDG_CACHE_HOME',
  'GLIBC_TUNABLES',
  'SVFT_CACHE',
  'SVFT_DATA',
  'SVFT_LAPACK',
  'HF_ENDPOINT',
  'HF_HOME',
  'HF_HUB_CACHE',
  'HUGGINGFACE_HUB_CACHE',
  'HF_HUB_OFFLINE',
  'TRANSFORMERS_OFFLINE',
  'HF_TOKEN_PATH',
]
