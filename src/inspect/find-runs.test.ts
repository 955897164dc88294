import {mkdirSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {findRun} from './find-runs.ts'

test('a run is found by its folder and by the beginning of its name, with and without runs/', async () => {
  process.chdir(openFolder())
  const run = join('runs', 'gsm8k-mini-lora-r8-0123abcd-s42')
  mkdirSync(run, {recursive: true})
  mkdirSync('runs/gsm8k-mini-svft-0123abcd-s42')
  for (const text of ['gsm8k/mini/lora', 'gsm8k-mini-lora/', 'runs/gsm8k-mini-lora', './runs/gsm8k/mini/lora'])
    expect(await findRun(text), text).toBe(run)
  for (const text of [`${run}/`, resolve(run)]) expect(await findRun(text)).toBe(text)
  await expect(findRun('runs/gsm8k-mini')).rejects.toThrow('runs/gsm8k-mini: 2 runs begin with this')
  await expect(findRun('runs')).rejects.toThrow('runs: a folder, but not a run')
})

test("a recipe's whole name means its only run, even if the name of another recipe begins with it", async () => {
  process.chdir(openFolder())
  const run = join('runs', 'notes-0123abcd-s42')
  for (const path of [run, 'runs/notes-lora-0123abcd-s42']) mkdirSync(path, {recursive: true})
  for (const text of ['notes', 'runs/notes/']) expect(await findRun(text), text).toBe(run)
  await expect(findRun('note')).rejects.toThrow('note: 2 runs begin with this')
  mkdirSync('runs/notes-0123abcd-s43')
  await expect(findRun('notes')).rejects.toThrow('notes: 3 runs begin with this')
})
