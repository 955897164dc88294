import {execFileSync, spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, expect, test, vi} from 'vitest'
import {readEnvironment} from '../../recipes/environment.ts'
import {checkMachine} from './check-machine.ts'

afterEach(() => vi.unstubAllEnvs())

const COMPILER = 'cc'
const hasCompiler = spawnSync(COMPILER, ['--version']).status === 0

test.runIf(hasCompiler)('a LAPACK that loads and computes nothing is not used, nor recorded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'svft-lapack-'))
  const library = join(folder, 'libnothing.so')
  execFileSync(COMPILER, ['-shared', '-fPIC', '-x', 'c', '-', '-o', library], {input: 'void dgesdd_(void) {}'})
  vi.stubEnv('SVFT_LAPACK', library)
  const lapack = (await checkMachine()).find(({name}) => name === 'LAPACK')
  expect(lapack).toMatchObject({status: 'absent', message: expect.stringMatching(`^${library} fails on a sample; `)})
  expect(await readEnvironment()).toMatchObject({lapack: 'own'})
  rmSync(folder, {recursive: true})
})
