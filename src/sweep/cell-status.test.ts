import {spawnSync} from 'node:child_process'
import {cpSync, mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
import {Fault} from '../base/fault.ts'
import {withLock} from '../base/lock.ts'
import {machineId} from '../base/temporary.ts'
import {recordFailure} from '../recipes/failure.ts'
import {run} from '../recipes/run.ts'
import {readStatus} from './cell-status.ts'
import {openFolders} from './run-folders.ts'

let place: string
beforeEach(async () => {
  place = await openWorkplace()
  process.chdir(place)
  process.env.SVFT_CACHE = join(place, 'cache')
})

/** A recipe's folder, and the file in it that a killed process would leave. */
async function runOf(changes: Parameters<typeof tinyRecipe>[1] = {}) {
  const recipe = await tinyRecipe(place, changes)
  const folder = (await openFolders().of(recipe))!
  mkdirSync(folder.path, {recursive: true})
  const {pid} = spawnSync(process.execPath, ['--version'])
  return {recipe, folder, die: () => writeFileSync(folder.file(`lock.${machineId}.${pid}.0123456789ab`), '')}
}

test('a run is pending, running, pending with a checkpoint, lost, and done', async () => {
  const {recipe, folder, die} = await runOf({train: {saveEvery: 1}})
  expect(await readStatus(folder)).toEqual({state: 'pending'})
  expect(await withLock(folder.path, () => readStatus(folder))).toEqual({state: 'running'})

  const stop = new AbortController()
  const tell = ({type}: {type: string}) => type === 'step' && stop.abort()
  await expect(run(recipe, {onEvent: tell, signal: stop.signal})).rejects.toThrow('aborted')
  expect(await readStatus(folder)).toEqual({state: 'pending', step: expect.any(Number), threads: 1})
  die()
  expect(await readStatus(folder)).toMatchObject({state: 'lost', threads: 1})

  const {row, folder: path} = await run(recipe)
  expect(path).toBe(folder.path)
  expect(await readStatus(folder)).toEqual({state: 'done', row})
})

test('a run whose folder is a copy of another run has failed', async () => {
  const {recipe} = await runOf()
  const {folder: path, row} = await run(recipe)
  const {folder} = await runOf({seed: 7})
  cpSync(path, folder.path, {recursive: true})
  const message = `${folder.path}: its row is of another run, ${basename(path)}, as in a copied or renamed folder; move it away`
  expect(await readStatus(folder)).toMatchObject({state: 'failed', failure: {kind: 'input', message}, hasBadRow: true})
  expect(row.seed).not.toBe(7)
})

test('a run that ends while its status is read is done, not pending', async () => {
  const {recipe, folder} = await runOf()
  const {row} = await run(recipe)
  const [file, kept] = [folder.file('row.json'), folder.file('kept.json')]
  renameSync(file, kept)
  const lock = folder.file(`lock.${machineId}.${process.pid}.0123456789ab`)
  writeFileSync(lock, '')
  let reads = 0
  const ending = {
    ...folder,
    get path() {
      if (++reads === 2) {
        renameSync(kept, file)
        rmSync(lock)
      }
      return folder.path
    },
  }
  expect(await readStatus(ending)).toEqual({state: 'done', row})
})

test('the status of a failed run has the reason, until it is tried again', async () => {
  const {folder} = await runOf()
  const {signal} = new AbortController()
  const failing = () => Promise.reject(new Fault('io', 'no space left on the disk'))
  await expect(recordFailure(folder, failing, signal)).rejects.toThrow('no space')
  const failure = {kind: 'io', message: 'no space left on the disk'}
  expect(await readStatus(folder)).toEqual({state: 'failed', failure})
  expect(await recordFailure(folder, () => readStatus(folder), signal)).toEqual({state: 'pending'})
  await expect(recordFailure(folder, () => Promise.reject(new TypeError('x')), signal)).rejects.toThrow(TypeError)
  expect(await readStatus(folder)).toMatchObject({state: 'failed', failure: {kind: 'bug'}})
  writeFileSync(folder.file('failed.json'), '{"kind": "bu')
  const message = expect.stringMatching(/failed\.json: not JSON: /)
  expect(await readStatus(folder)).toEqual({state: 'failed', failure: {kind: 'input', message}})
  writeFileSync(folder.file('row.json'), '{')
  expect(await readStatus(folder)).toMatchObject({state: 'failed', failure: {kind: 'input'}})
})

test('a run that was stopped has not failed', async () => {
  const {folder} = await runOf()
  const signal = AbortSignal.abort()
  await expect(recordFailure(folder, () => Promise.reject(signal.reason), signal)).rejects.toThrow('aborted')
  expect(await readStatus(folder)).toEqual({state: 'pending'})
})

test('without its model and data, the folder of a run is unknown', async () => {
  const folders = openFolders()
  expect(await folders.of(await tinyRecipe(place, {model: 'nowhere'}))).toBeUndefined()
  expect(await folders.of(await tinyRecipe(place, {seed: 1}))).toMatchObject({name: expect.stringMatching(/-s1$/)})
})
