import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {ONE_PROCESSOR} from '../../../test/support/preload.ts'
import {spawnSvft, svft} from '../../../test/support/workplace.ts'

test('the demo trains, compares and reports in its own folder, stops with its state saved, and resumes', async () => {
  const folder = openFolder()
  mkdirSync(join(folder, 'my own'))
  writeFileSync(join(folder, 'my own/.DS_Store'), '')
  const demo = () => spawnSvft(folder, ['demo', 'my own'], {env: ONE_PROCESSOR})
  const first = demo()
  first.stderr!.on('data', text => /train .* [1-9]\d*\/375/.test(String(text)) && first.kill('SIGTERM'))
  expect(await first).toMatchObject({
    exitCode: 75,
    stderr: expect.stringMatching(/the state is saved; to resume: svft demo '\/.*\/my own'$/),
  })

  const {stdout, exitCode} = await demo()
  expect(exitCode).toBe(0)
  expect(
    Math.max(
      ...String(stdout)
        .split('\n')
        .filter(line => !line.includes(folder))
        .map(line => line.length),
    ),
  ).toBeLessThanOrEqual(80)
  const page = /^ {3}(\/.*report\.html)$/m.exec(String(stdout))?.[1] ?? ''
  expect(existsSync(page)).toBe(true)
  expect(stdout).toContain('LoRA trains 21 times as many parameters as SVFT.')
  expect(readdirSync(folder).filter(name => name !== 'cache')).toEqual(['my own'])
  expect(readdirSync(join(folder, 'my own')).sort()).toEqual(['.DS_Store', 'report', 'results', 'runs'])

  const again = await svft(folder, ['demo', 'my own', '--json'])
  const {result} = JSON.parse(String(again.stdout))
  expect(result).toMatchObject({report: page, lora: {params: 36_864}, svft: {params: 1746}})
  expect(result.comparison).toMatchObject({split: 'mrpc', n: 1000, test: 'McNemar, one seed each'})
  for (const method of ['lora', 'svft']) expect(result[method].scores.mrpc.score).toBeGreaterThan(0.7)
}, 300_000)

test('a folder with other files is refused, before anything is written to it', async () => {
  const folder = openFolder()
  mkdirSync(join(folder, 'used'))
  writeFileSync(join(folder, 'used/thesis.tex'), '')
  expect(await svft(folder, ['demo', 'used'])).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: 'used: must be empty or of an earlier demo, but has thesis.tex',
  })
  expect(readdirSync(join(folder, 'used'))).toEqual(['thesis.tex'])
})
