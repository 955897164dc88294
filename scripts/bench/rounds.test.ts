import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {best, interleave} from './rounds.ts'

/** A process with the same protocol that writes its name to a file for each unit. */
const worker = (name: string, file: string) => `
  let unit = 0
  require('readline').createInterface({input: process.stdin}).on('line', line => {
    if (line === 'quit') {
      console.log(JSON.stringify({peakBytes: 1}))
      process.exit()
    }
    require('fs').appendFileSync(${JSON.stringify(file)}, '${name} ')
    console.log(JSON.stringify({seconds: 10 - unit++, rate: unit}))
  })`

const contender = (name: string, script: string) => ({name, command: [process.execPath, '-e', script]})

const quietly = {patience: 0, log: () => {}}

test('contenders work in turns, and the turn that warms them up does not count', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'svft-rounds-'))
  const file = join(folder, 'turns')
  const contenders = ['a', 'b'].map(name => contender(name, worker(name, file)))
  const outcomes = await interleave(contenders, {rounds: 2, ...quietly})

  expect(await readFile(file, 'utf8')).toBe('a b a b a b ')
  expect(outcomes.map(({name, units}) => [name, units.map(({seconds}) => seconds)])).toEqual([
    ['a', [9, 8]],
    ['b', [9, 8]],
  ])
  expect(outcomes[0].about).toEqual({peakBytes: 1})
  expect(best(outcomes[0]).seconds).toBe(8)
  expect(best(outcomes[0], 'rate', 'most').rate).toBe(3)
  await rm(folder, {recursive: true})
})

test('the fault of a contender that ends early has its name and its last messages', async () => {
  const dying = contender('c', 'console.error("no such model"); process.exit(3)')
  await expect(interleave([dying], {rounds: 1, ...quietly})).rejects.toThrow(
    'c ended early, exit code 3: no such model',
  )
  const absent = {name: 'd', command: ['/no/such/program']}
  await expect(interleave([absent], {rounds: 1, ...quietly})).rejects.toThrow(/^d ended early.*ENOENT/)
})
